"""boto3 clients with house settings, and the translation of AWS error codes to keepfit errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from keepfit.errors import Conflict, KeepfitError, NotFound, ServiceUnavailable, Throttled

# Three attempts lose writes under 30 % errors and 10 % timeouts; seven lose one in six hundred, whose step is repeated,
# and wait for a minute at most. The standard mode allows a client so many retries in all, and a warm function has its
# clients for hours: on a bad day it would soon make one attempt each.
_MAX_ATTEMPTS = 7
# What a lost answer costs; most functions have a minute in all. Objects and invocations may take their time.
_READ_TIMEOUT_S = {"s3": 30, "lambda": 20}
_SHORT_READ_TIMEOUT_S = 10

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
    "NotFound": NotFound,
    "EntityNotFoundException": NotFound,
    "ResourceNotFoundException": NotFound,
    "ParameterNotFound": NotFound,
    "ExecutionDoesNotExist": NotFound,
    "ExecutionAlreadyExists": Conflict,
    "AlreadyExistsException": Conflict,
    "ConcurrentModificationException": Conflict,
    "StateMachineDoesNotExist": NotFound,
    "StateMachineDeleting": NotFound,
    "TaskDoesNotExist": NotFound,
    "TaskTimedOut": NotFound,
    "ProvisionedThroughputExceededException": Throttled,
    "ThrottlingException": Throttled,
    "Throttling": Throttled,
    "TooManyRequestsException": Throttled,
    "SlowDown": Throttled,
}


@cache
def client(service: str) -> Any:
    """Returns the process's client of a service; the environment sets region, endpoint, credentials."""
    timeout_s = _READ_TIMEOUT_S.get(service, _SHORT_READ_TIMEOUT_S)
    config = Config(
        connect_timeout=3,
        read_timeout=timeout_s,
        retries={"mode": "legacy", "total_max_attempts": _MAX_ATTEMPTS},
    )
    return boto3.client(service, config=config)  # type: ignore[call-overload]


def forget() -> None:
    """Drops all clients, so that new ones follow the environment as it is then.

    boto3 too keeps the credentials that it read first.
    """
    client.cache_clear()
    boto3.DEFAULT_SESSION = None


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raises the keepfit error for an AWS error inside the block; ``what`` names the requested thing."""
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
