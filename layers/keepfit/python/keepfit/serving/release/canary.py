"""The canary decision: promote, roll back or bake on, by requests and failures."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import msgspec

from keepfit.serving.definition import ReleaseDefinition

Verdict = Literal["baking", "promote", "roll back", "replay"]

DECIDED = "a later decision made it the champion, which the ledger records"
"""Why a challenger that answers alone already is not judged."""

ENDED = "its canary was ended by a later decision, which the ledger records"
"""Why a challenger that is not being tried any more is not judged."""

MIN_EVIDENCE = 5
"""Requests below which a share of failures says nothing."""


class RequestCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The number of requests that a version received, and of those with an error or a timeout."""

    requests: int
    failures: int


class CanaryVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The decision on a canary, and the reason."""

    verdict: Verdict
    reason: str
    requests: int
    failures: int


def judge_canary(definition: ReleaseDefinition, counts: RequestCounts, *, baked: timedelta) -> CanaryVerdict:
    """Rolls back on too many failures; promotes after enough successes over enough time.

    Where clients asked too little for that until ``baking_limit``, a replay is to decide.

    Args:
        definition: the model's limits.
        counts: all requests since the canary began.
        baked: how long ago that was.

    >>> judge_canary(ReleaseDefinition(), RequestCounts(requests=8, failures=3), baked=timedelta(seconds=20)).verdict
    'roll back'
    """
    verdict, reason = _judge(definition, counts, baked)
    return CanaryVerdict(verdict=verdict, reason=reason, requests=counts.requests, failures=counts.failures)


def _judge(definition: ReleaseDefinition, counts: RequestCounts, baked: timedelta) -> tuple[Verdict, str]:
    requests, failures = counts.requests, counts.failures
    failed = f"{failures} of {requests} requests failed"
    limit = definition.max_failure_share
    enough_to_tell = requests >= MIN_EVIDENCE or failures > limit * definition.minimum_requests
    if enough_to_tell and failures > limit * requests:
        return "roll back", f"{failed}; up to {limit:.1%} may"
    if requests >= definition.minimum_requests and baked >= definition.baking_period.delta:
        return "promote", failed
    if baked >= definition.baking_limit.delta:
        return "replay", f"{requests} of {definition.minimum_requests} requests in {definition.baking_limit}"
    return (
        "baking",
        f"{failed}; {definition.minimum_requests} requests and {definition.baking_period} are needed",
    )
