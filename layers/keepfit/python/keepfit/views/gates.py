"""The view of a run's gates: what each asks, what was measured, and whether it was passed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from keepfit.registry.verdicts import Severity, Verdict
from keepfit.training.judging.gates.registry import LISTINGS
from keepfit.training.judging.judgement import CandidateEvaluation, Judgement

Outcome = Literal["passed", "failed", "warned", "not judged", "not asked"]

_NO_MORE = "a gate of an earlier release of keepfit"


class GateLine(msgspec.Struct, frozen=True, kw_only=True):
    """A gate in one line: what it asks, what was measured, and the outcome.

    ``measured`` is the verdict's reason, or why there is no verdict.
    """

    gate: str
    outcome: Outcome
    asks: str
    measured: str
    severity: Severity | None = None
    value: float | None = None
    limit: float | None = None
    details: list[str] = []


class Gates(msgspec.Struct, frozen=True, kw_only=True):
    """The gates of a run for the candidate that came furthest, or for the version that a person released.

    ``released`` says whether they let it be tried on clients.
    """

    model: str
    run_id: str
    candidate: str
    released: bool
    reason: str
    gates: list[GateLine]


def furthest(judgement: Judgement) -> CandidateEvaluation | None:
    """The candidate that was measured, or else the one with the most verdicts; None without any."""
    most = max(judgement.evaluations, key=lambda each: len(each.verdicts), default=None)
    return judgement.chosen or most


def gate_lines(
    evaluation: CandidateEvaluation, definition: Any, released: Sequence[Verdict] = ()
) -> list[GateLine]:
    """Every gate of the registry in its order, and those that a judgement of before had beside them.

    Args:
        evaluation: a candidate's.
        definition: the run's, as it was written; None where it is gone.
        released: the verdicts on its release, where it is the one that was to be released.
    """
    given = {verdict.gate: verdict for verdict in (*evaluation.verdicts, *released)}
    known = [_judged(given[name]) if name in given else _unjudged(name, definition) for name in LISTINGS]
    return [*known, *(_judged(verdict) for name, verdict in given.items() if name not in LISTINGS)]


def release_lines(released: Sequence[Verdict]) -> list[GateLine]:
    """The gates on a release, of a run that judged no candidates."""
    return [_judged(verdict) for verdict in released]


def _judged(verdict: Verdict) -> GateLine:
    listing = LISTINGS.get(verdict.gate)
    outcome: Outcome = "passed" if verdict.passed else "failed" if verdict.stops else "warned"
    return GateLine(
        gate=verdict.gate,
        outcome=outcome,
        asks=listing.asks if listing else _NO_MORE,
        measured=verdict.reason,
        severity=verdict.severity,
        value=verdict.value,
        limit=verdict.limit,
        details=verdict.details,
    )


def _unjudged(name: str, definition: Any) -> GateLine:
    listing = LISTINGS[name]
    if listing.setting is not None and not _is_set(definition, listing.setting):
        return GateLine(
            gate=name, outcome="not asked", asks=listing.asks, measured=f"{listing.setting} is not set"
        )
    return GateLine(gate=name, outcome="not judged", asks=listing.asks, measured=listing.otherwise)


def _is_set(definition: Any, setting: str) -> bool:
    value = (definition or {}).get("definition")
    for key in setting.split("."):
        value = (value or {}).get(key)
    return value not in (None, 0, [], {})
