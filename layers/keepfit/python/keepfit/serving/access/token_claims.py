"""The claims of a client's token, as API Gateway passes them on to a function (HTTP API, payload 2.0)."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from keepfit.serving.access.grant import Grant, grant_of

GROUPS: Final = "cognito:groups"
_KEPT: Final = 1000
# Of a token: header, claims, signature.
_PARTS: Final = 3


def grant_in(event: Mapping[str, Any]) -> Grant | None:
    """What the client that asks may do; None where no token came, but a signature of AWS or an invocation.

    Every other route has an authorizer that lets nobody in without a token.
    """
    context = event.get("requestContext")
    if context is None:
        return None
    token = context.get("authorizer", {}).get("jwt")
    return None if token is None else grant_of_claim(token["claims"].get(GROUPS, ""))


def subject_of(event: Mapping[str, Any]) -> str:
    """The client that asks, by the name that the access log has, too."""
    subject: str = event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    return subject


def grant_of_claim(claim: str | list[str]) -> Grant:
    """The grant of a token with these groups; API Gateway writes a list as "[one two]"."""
    return _parsed(claim if isinstance(claim, str) else " ".join(claim))


@lru_cache(_KEPT)
def _parsed(claim: str) -> Grant:
    return grant_of(claim.strip("[]").replace(",", " ").split())


@lru_cache(_KEPT)
def claims_of_bearer(header: str) -> Mapping[str, str] | None:
    """The claims of the token in an authorization header; None where it has none.

    Only for who is reached through an authorizer alone: signature and expiry are not looked at again.
    """
    scheme, _, token = header.partition(" ")
    parts = token.strip().split(".")
    if scheme.lower() != "bearer" or len(parts) != _PARTS:
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = msgspec.json.decode(urlsafe_b64decode(padded), type=dict[str, Any])
    except (ValueError, msgspec.MsgspecError):
        return None
    groups = claims.get(GROUPS, [])
    told = " ".join(groups) if isinstance(groups, list) else str(groups)
    return {**{name: str(value) for name, value in claims.items()}, GROUPS: f"[{told}]" if told else ""}
