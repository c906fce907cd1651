"""The gate of a gain on the champion."""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence


def _judge(evidence: Evidence) -> Verdict | None:
    measured, gain, limit = evidence.measured, evidence.gain, evidence.gates.min_gain
    if measured is None or gain is None:
        return None
    return Verdict(
        gate="min_gain",
        # Strictly: the same data and seed give the champion again, which is nothing to release.
        passed=gain.value > limit,
        reason=f"{measured.words} is {gain.value:+.4f} from the champion's; more than {limit:+.4f} is asked",
        value=gain.value,
        limit=limit,
    )


GATE = _judge
