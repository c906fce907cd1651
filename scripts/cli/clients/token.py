"""Bearer tokens for the prediction API, for callers with the AWS rights to add clients.

Each AWS identity is a client of its own, whose password is drawn anew for every token and never stored; the token is,
until it is about to expire, in a file that only its owner can read.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from cli.checkout import state_folder
from cli.clients.grants import Asked, asked_grant
from cli.clients.user_pool import UserPool
from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from keepfit.serving.access.grant import Grant

_RENEW_BEFORE_S = 120.0
# Another process of the same identity may have drawn a password between ours and its use.
_ATTEMPTS = 5
# Of a user of a user pool.
_MAX_NAME_LENGTH = 128


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token of ``client``, and until when it is good in seconds since 1970."""

    client: str
    token: str
    expires_at: float


def bearer_token(deployment: Deployment) -> str:
    """A token that is good for at least two minutes.

    Raises:
        CommandError: Cognito does not let this identity in.
    """
    return current(deployment).token


def current(deployment: Deployment) -> Token:
    """The remembered token, or a new one."""
    path = _path(deployment)
    remembered = _remembered(path)
    if remembered is not None and remembered.expires_at - time.time() > _RENEW_BEFORE_S:
        return remembered
    token = _ask(deployment)
    _remember(path, token)
    return token


def writer_token(deployment: Deployment, scope: str) -> str:
    """A token of a client of this identity that has this scope alone.

    Raises:
        CommandError: Cognito does not let it in, or there is nothing to write.
    """
    pool, name = UserPool(deployment), _shortened(f"{own_name(deployment)}/{scope}")
    grant = asked_grant(deployment, Grant(), Asked(scopes=[scope]))
    with suppress(CommandError):  # it was added before
        pool.add(name, grant)
    return _signed_in(deployment, name).token


def _path(deployment: Deployment) -> Path:
    """One file per client of a user pool: a cloud that was reset has another."""
    ids = (deployment.place.name, deployment.platform("UserPoolId"), deployment.platform("UserPoolClientId"))
    return state_folder() / "tokens" / f"{hashlib.sha256('|'.join(ids).encode()).hexdigest()[:32]}.json"


def _ask(deployment: Deployment) -> Token:
    return _signed_in(deployment, own_name(deployment))


def _signed_in(deployment: Deployment, name: str) -> Token:
    pool = UserPool(deployment)
    for _ in range(_ATTEMPTS):
        password = _own_password(pool, name)
        with suppress(deployment.place.client("cognito-idp").exceptions.NotAuthorizedException):
            answer = pool.sign_in(name, password)
            expires_at = time.time() + float(answer["ExpiresIn"])
            return Token(client=name, token=answer["IdToken"], expires_at=expires_at)
    raise CommandError(
        f"the user pool refused {name} {_ATTEMPTS} times; `keepfit clients` shows whether this client is disabled",
        Exit.REFUSED,
    )


def own_name(deployment: Deployment) -> str:
    """The client of the present AWS identity: ``aws:user/ada``, ``aws:assumed-role/Admin/ada``."""
    arn = str(deployment.place.client("sts").get_caller_identity()["Arn"])
    return _shortened(f"aws:{arn.split(':', 5)[5]}")


def _shortened(name: str) -> str:
    if len(name) <= _MAX_NAME_LENGTH:
        return name
    return f"{name[: _MAX_NAME_LENGTH - 17]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _own_password(pool: UserPool, name: str) -> str:
    try:
        return pool.renew(name)
    except CommandError:
        with suppress(CommandError):  # another process of the same identity was faster
            pool.add(name, Grant())
        return pool.renew(name)


def _remembered(path: Path) -> Token | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Token)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _remember(path: Path, token: Token) -> None:
    """Writes aside and renames, as another call may read; only its owner can read mkstemp's file."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(token))
    Path(name).replace(path)
