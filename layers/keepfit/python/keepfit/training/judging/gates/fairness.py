"""The gate of fairness: rates of groups are not far apart, chance apart."""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence


def _judge(evidence: Evidence) -> Verdict | None:
    asked, served = evidence.gates.fairness, evidence.answers.candidate
    if asked is None or served is None:
        return None
    gaps = [
        (each.column, gap)
        for each in served.evaluation().fairness
        for gap in each.gaps
        if not asked.rates or gap.rate in asked.rates
    ]
    if not gaps:
        return None
    # Where chance alone may part groups so far, the interval begins at 0.
    column, worst = max(gaps, key=lambda each: (each[1].interval[0] > 0, each[1].gap))
    passed = worst.gap <= asked.max_gap or worst.interval[0] <= 0
    chance = "" if worst.interval[0] > 0 else ", which may be chance"
    return Verdict(
        gate="fairness",
        passed=passed,
        reason=f"{worst.rate} of {column} is {worst.gap:.4f} apart ({worst.lowest} to {worst.highest}){chance}; "
        f"{asked.max_gap:.4f} is allowed",
        value=worst.gap,
        limit=asked.max_gap,
    )


GATE = _judge
