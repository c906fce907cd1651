"""Expected errors of keepfit, AWS and the embedded cloud, as a command reports them."""

from __future__ import annotations

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

from cli.exits import CommandError, Exit, exit_of
from keepfit.errors import KeepfitError
from localcloud.errors import CloudDown, LocalCloudError

_NOT_LET_IN = {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}


def expected(error: Exception) -> CommandError | None:
    """The error as a command reports it, without a traceback; None for an unexpected one."""
    cause = error.__cause__ if isinstance(error, KeepfitError) else None
    failure: CommandError | None = None
    match cause if isinstance(cause, BotoCoreError) else error:
        case CommandError() as known:
            failure = known
        case KeepfitError() as known:
            failure = CommandError(str(known), exit_of(type(known).__name__), type(known).__name__)
        case LocalCloudError() as known:
            code = Exit.UNREACHABLE if isinstance(known, CloudDown) else Exit.FAILED
            failure = CommandError(str(known), code, type(known).__name__)
        case ClientError() as known:
            failure = _refused_by_aws(known)
        case BotoCoreError() as known:
            failure = _not_sent(known)
    return failure


def _refused_by_aws(error: ClientError) -> CommandError:
    details = error.response.get("Error", {})
    code = str(details.get("Code", ""))
    message = f"{error.operation_name}: {code}: {details.get('Message', '')}"
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
