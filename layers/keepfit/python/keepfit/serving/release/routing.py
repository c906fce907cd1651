"""Routing decisions: pure functions from the present routing of the alias to the next."""

from __future__ import annotations

import msgspec

from keepfit.errors import Superseded
from keepfit.registry.champion import UNRELEASED

MAX_SHARE = 0.99
"""Of the requests, for a challenger that is not proven yet: the champion answers the rest and stays the alias's own."""


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """The Lambda version that answers, and the canary that answers a ``weight`` share."""

    lambda_version: str
    canary: str | None = None
    weight: float = 0.0


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """The alias as read; a move succeeds only while its ``revision`` is unchanged."""

    routing: Routing
    revision: str


def start_canary(now: Routing, challenger: str, weight: float) -> Routing:
    """Routes a ``weight`` share to the challenger, the rest to the champion.

    Before the first release there is nothing to compare with: the challenger answers alone. A canary that another run
    left behind is replaced. A share of all requests, as definitions could once ask for, is not given: the challenger
    would be the champion before its verdict, and nothing would be left to roll back to.
    """
    if now.lambda_version in (UNRELEASED, challenger):
        return Routing(lambda_version=challenger)
    return Routing(
        lambda_version=now.lambda_version, canary=challenger, weight=weight if weight < 1 else MAX_SHARE
    )


def release_at_once(_now: Routing, challenger: str) -> Routing:
    """Routes all requests to the challenger; ends a canary that another run left behind."""
    return Routing(lambda_version=challenger)


def promote(now: Routing, challenger: str) -> Routing:
    """Routes all requests to the challenger.

    Raises:
        Superseded: it is not being tried any more. A person, or a newer run, has decided otherwise since.
    """
    if challenger in (now.lambda_version, now.canary) or now.lambda_version == UNRELEASED:
        return Routing(lambda_version=challenger)
    raise Superseded(
        f"Lambda version {challenger} is not in its canary any more: {now.lambda_version} serves, by a later decision "
        "that the ledger records; train again to try again"
    )


def roll_back(now: Routing, challenger: str) -> Routing:
    """Routes all requests to the champion; unchanged where the challenger is not on trial."""
    return Routing(lambda_version=now.lambda_version) if now.canary == challenger else now


def is_tried(now: Routing, challenger: str) -> bool:
    """Whether the challenger answers requests, as a canary or alone."""
    return challenger in (now.canary, now.lambda_version)


def restore(_now: Routing, lambda_version: str) -> Routing:
    """Routes all requests to a former champion; ends a canary."""
    return Routing(lambda_version=lambda_version)
