"""boto3 clients as keepfit wants them, and the one place where AWS error codes become keepfit errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from keepfit.errors import Conflict, KeepfitError, NotFound, ServiceUnavailable, Throttled

# Three attempts lose writes under 30 % errors and 10 % timeouts; eight lose none.
_CONFIG = Config(connect_timeout=3, read_timeout=30, retries={"mode": "standard", "max_attempts": 8})

_CODES: dict[str, type[KeepfitError]] = {
    "ConditionalCheckFailedException": Conflict,
    "TransactionConflictException": Conflict,
    "TransactionCanceledException": Conflict,
    "PreconditionFailed": Conflict,
    "PreconditionFailedException": Conflict,
    "ConditionalRequestConflict": Conflict,
    "ResourceConflictException": Conflict,
    "ResourceInUseException": Conflict,
    "NoSuchKey": NotFound,
    "NoSuchVersion": NotFound,
    "404": NotFound,
    "ResourceNotFoundException": NotFound,
    "ExecutionDoesNotExist": NotFound,
    "ProvisionedThroughputExceededException": Throttled,
    "ThrottlingException": Throttled,
    "Throttling": Throttled,
    "TooManyRequestsException": Throttled,
    "SlowDown": Throttled,
}


@cache
def client(service: str) -> Any:
    """One client per service and process; region, endpoint and credentials come from the environment."""
    return boto3.client(service, config=_CONFIG)  # type: ignore[call-overload]


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raises the keepfit error for an AWS error inside the block; ``what`` names the thing that was asked for."""
    try:
        yield
    except ClientError as error:
        raise _translate(what, error) from error
    except BotoCoreError as error:
        raise ServiceUnavailable(f"{what}: {error}") from error


def _translate(what: str, error: ClientError) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    message = f"{what}: {code}: {error.response.get('Error', {}).get('Message', '')}"
    if code in _CODES:
        return _CODES[code](message)
    return ServiceUnavailable(message) if status >= 500 else error
