"""Bearer tokens for the prediction API, as any machine client gets them: OAuth 2.0 client credentials.

The client's secret is read from Cognito with the caller's AWS rights and never stored; the token is, until it is about
to expire, in a file that only its owner can read.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from cli import https
from cli.checkout import state_folder
from cli.exits import CommandError
from cli.site import Site
from keepfit.adapters.clients import translated

SCOPE = "keepfit/predict"
_RENEW_BEFORE_S = 120.0


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token, and until when it is good in seconds since 1970."""

    access_token: str
    expires_at: float


def bearer_token(site: Site) -> str:
    """A token that is good for at least two minutes.

    Raises:
        CommandError: the token endpoint does not answer, or refuses the client.
    """
    return current(site).access_token


def current(site: Site) -> Token:
    """The remembered token, or a new one."""
    path = _path(site)
    known = _remembered(path)
    if known is not None and known.expires_at - time.time() > _RENEW_BEFORE_S:
        return known
    token = _ask(site)
    _remember(path, token)
    return token


def _path(site: Site) -> Path:
    """One file per client of a user pool: a cloud that was reset has another."""
    ids = (site.token_url, site.platform("UserPoolId"), site.platform("UserPoolClientId"))
    return state_folder() / "tokens" / f"{hashlib.sha256('|'.join(ids).encode()).hexdigest()[:32]}.json"


def _ask(site: Site) -> Token:
    client_id = site.platform("UserPoolClientId")
    credentials = b64encode(f"{client_id}:{_secret(site, client_id)}".encode()).decode()
    answer = https.post(
        site.token_url,
        urlencode({"grant_type": "client_credentials", "scope": SCOPE}).encode(),
        {"authorization": f"Basic {credentials}", "content-type": "application/x-www-form-urlencoded"},
        ca_bundle=site.place.ca_bundle,
    )
    if answer.status != 200:
        said = answer.body[:200].decode(errors="replace")
        raise CommandError(
            f"{site.token_url} gave no token: HTTP {answer.status}: {said}; check the place with `keepfit doctor`"
        )
    document = json.loads(answer.body)
    return Token(
        access_token=document["access_token"], expires_at=time.time() + float(document["expires_in"])
    )


def _secret(site: Site, client_id: str) -> str:
    with translated("the prediction API's machine client"):
        described = site.place.client("cognito-idp").describe_user_pool_client(
            UserPoolId=site.platform("UserPoolId"), ClientId=client_id
        )
    return str(described["UserPoolClient"]["ClientSecret"])


def _remembered(path: Path) -> Token | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Token)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _remember(path: Path, token: Token) -> None:
    """Aside and renamed: another call may be reading. mkstemp's file is the owner's alone from the start."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(token))
    Path(name).replace(path)
