"""The canary decision: promote, roll back or bake on, by requests and failures."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import msgspec

from keepfit.serving.release_definition import ReleaseDefinition

Verdict = Literal["baking", "promote", "roll back", "replay"]

DECIDED = "a later decision made it the champion, which the ledger records"
"""Why a challenger that answers alone already is not judged."""

ENDED = "its canary was ended by a later decision, which the ledger records"
"""Why a challenger that is not being tried any more is not judged."""

MIN_EVIDENCE = 5
"""Requests below which a share of failures says nothing."""


SLACK_MS = 50.0
"""Milliseconds by which any two releases may differ: below it a slower answer is noise."""

MIN_TIMED = 20
"""Requests below which a duration says nothing: the first ones of a process take longer."""


class RequestCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The requests that a version received, those with an error or a timeout, and how long they took.

    ``duration_ms`` is the median, over the minutes with requests, of their mean; None where there are none. ``down`` is
    whether for a whole minute nothing could answer: what clients asked then was counted by no version.
    """

    requests: int
    failures: int
    duration_ms: float | None = None
    down: bool = False


NOT_ASKED = RequestCounts(requests=0, failures=0)
"""Of a version that nothing is known of."""


class CanaryVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The decision on a canary, and the reason."""

    verdict: Verdict
    reason: str
    requests: int
    failures: int


def judge_canary(
    definition: ReleaseDefinition,
    counts: RequestCounts,
    champion: RequestCounts = NOT_ASKED,
    *,
    baked: timedelta,
) -> CanaryVerdict:
    """Rolls back on too many failures or slow answers; promotes after enough successes over enough time.

    Where clients asked too little for that until ``baking_limit``, a replay is to decide.

    Args:
        definition: the model's limits.
        counts: all requests since the canary began.
        champion: those that the champion answered meanwhile.
        baked: how long ago that was.

    >>> judge_canary(ReleaseDefinition(), RequestCounts(requests=8, failures=3), baked=timedelta(seconds=20)).verdict
    'roll back'
    """
    verdict, reason = _judge(definition, counts, champion, baked)
    return CanaryVerdict(verdict=verdict, reason=reason, requests=counts.requests, failures=counts.failures)


def is_slower(definition: ReleaseDefinition, challenger_ms: float, champion_ms: float) -> bool:
    """Whether a challenger takes so much longer than the champion that it may not serve."""
    return challenger_ms > definition.max_slowdown * champion_ms + SLACK_MS


def _judge(
    definition: ReleaseDefinition, counts: RequestCounts, champion: RequestCounts, baked: timedelta
) -> tuple[Verdict, str]:
    requests, failures = counts.requests, counts.failures
    failed = f"{failures} of {requests} requests failed"
    limit = definition.max_failure_share
    enough_to_tell = requests >= MIN_EVIDENCE or failures > limit * definition.minimum_requests
    if enough_to_tell and failures > limit * requests:
        return "roll back", f"{failed}; up to {limit:.1%} may"
    if counts.down:
        return "roll back", f"{failed}, and for a minute none of its tasks was healthy"
    if slower := _slower(definition, counts, champion):
        return "roll back", f"{failed}; {slower}"
    if requests >= definition.minimum_requests and baked >= definition.baking_period.delta:
        return "promote", failed
    if baked >= definition.baking_limit.delta:
        return "replay", f"{requests} of {definition.minimum_requests} requests in {definition.baking_limit}"
    return (
        "baking",
        f"{failed}; {definition.minimum_requests} requests and {definition.baking_period} are needed",
    )


def _slower(definition: ReleaseDefinition, counts: RequestCounts, champion: RequestCounts) -> str | None:
    """The message about a challenger that is too slow, where enough requests of both show it."""
    own, other = counts.duration_ms, champion.duration_ms
    if own is None or other is None or min(counts.requests, champion.requests) < MIN_TIMED:
        return None
    if not is_slower(definition, own, other):
        return None
    return f"they took {own:.1f} ms beside {other:.1f} ms, which is more than {definition.max_slowdown:g} times as long"
