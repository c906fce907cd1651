"""What the exit code of every command says, and which of them an expected error has."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)

from keepfit.errors import KeepfitError
from localcloud.errors import CloudDown, LocalCloudError


class Exit(IntEnum):
    """0 done, 1 failed, 2 not understood, 3 not there, 4 refused, 5 place not reachable, 6 not finished."""

    OK = 0
    """Done."""
    FAILED = 1
    """It was tried and went wrong; the message says what."""
    USAGE = 2
    """The command line cannot be understood."""
    NOT_FOUND = 3
    """A model, version, run, dataset or file that is not there."""
    REFUSED = 4
    """Understood, and decided against: a suppressed training, a refused upload, an invalid request."""
    UNREACHABLE = 5
    """No place to work on: no embedded cloud is up, no credentials, the service does not answer."""
    UNFINISHED = 6
    """Still under way when there was no more patience to wait."""


_OF_ERRORS = {
    "InvalidDefinition": Exit.FAILED,
    "InvalidRequest": Exit.REFUSED,
    "NotFound": Exit.NOT_FOUND,
    "RefusedUpload": Exit.REFUSED,
    "ServiceUnavailable": Exit.UNREACHABLE,
    "Superseded": Exit.REFUSED,
    "Throttled": Exit.UNREACHABLE,
}
_NOT_LET_IN = {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}


class CommandError(Exception):
    """A command that ends otherwise than asked; the message says what, why, and the next command.

    ``kind`` is the name for programs: that of the error that a function raised, where it was one. ``details`` are
    what an answer of the API says of single rows.
    """

    def __init__(
        self,
        message: str,
        exit_code: Exit = Exit.FAILED,
        kind: str | None = None,
        details: Sequence[dict[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.kind = kind or exit_code.name.lower()
        self.details = list(details)


def exit_of(error_name: str) -> Exit:
    """The exit code for one of keepfit's errors, by the name of its class."""
    return _OF_ERRORS.get(error_name, Exit.FAILED)


def expected(error: Exception) -> CommandError | None:
    """The error as a command reports it, without a traceback; None for one that nobody expected."""
    cause = error.__cause__ if isinstance(error, KeepfitError) else None
    told: CommandError | None = None
    match cause if isinstance(cause, BotoCoreError) else error:
        case CommandError() as known:
            told = known
        case KeepfitError() as known:
            told = CommandError(str(known), exit_of(type(known).__name__), type(known).__name__)
        case LocalCloudError() as known:
            code = Exit.UNREACHABLE if isinstance(known, CloudDown) else Exit.FAILED
            told = CommandError(str(known), code, type(known).__name__)
        case ClientError() as known:
            told = _answered(known)
        case BotoCoreError() as known:
            told = _not_sent(known)
    return told


def _answered(error: ClientError) -> CommandError:
    told = error.response.get("Error", {})
    code = str(told.get("Code", ""))
    message = f"{error.operation_name}: {code}: {told.get('Message', '')}"
    if code in _NOT_LET_IN:
        return CommandError(
            f"{message}; check your credentials with `keepfit doctor`", Exit.UNREACHABLE, code
        )
    if code.startswith("AccessDenied"):
        message += f"; ask for the right to call {error.operation_name}, or choose another --profile"
    return CommandError(message, kind=code)


def _not_sent(error: BotoCoreError) -> CommandError:
    kind = type(error).__name__
    match error:
        case (
            NoCredentialsError()
            | PartialCredentialsError()
            | TokenRetrievalError()
            | UnauthorizedSSOTokenError()
        ):
            advice = "log in (aws sso login), name a --profile, or use --place local"
            return CommandError(f"AWS does not know who you are: {error}; {advice}", Exit.UNREACHABLE, kind)
        case NoRegionError():
            return CommandError(f"{error} Name one with --region.", Exit.USAGE, kind)
        case ProfileNotFound():
            return CommandError(f"{error}; `aws configure list-profiles` lists them", Exit.USAGE, kind)
        case HTTPClientError() | NoConnection():
            return CommandError(f"{error}; check the place with `keepfit doctor`", Exit.UNREACHABLE, kind)
    return CommandError(str(error), kind=kind)
