"""The gate of a candidate that is surely better than any constant answer."""

from __future__ import annotations

from keepfit.evaluation.bootstrap import interval
from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence


def _judge(evidence: Evidence) -> Verdict | None:
    measured = evidence.measured
    if measured is None:
        return None
    above, _ = interval(measured.above_constant)
    passed = above > 0
    low, high = interval(measured.resampled)
    chance = "is surely no chance" if passed else "may be chance"
    constant = f"a constant has {measured.constant:.4g}"
    return Verdict(
        gate="better_than_constant",
        passed=passed,
        reason=f"{measured.words} {chance}: it is {low:.4f} to {high:.4f} (95 %), and {constant}",
        value=above,
        limit=0.0,
    )


GATE = _judge
