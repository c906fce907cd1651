"""The gate of a metric that reaches a value."""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence


def _judge(evidence: Evidence) -> Verdict | None:
    measured, limit = evidence.measured, evidence.gates.min_value
    if measured is None or limit is None:
        return None
    passed = measured.metric.gain(measured.value, limit) >= 0
    beyond = "below" if measured.metric.greater_is_better else "above"
    compared = f"not {beyond}" if passed else beyond
    return Verdict(
        gate="min_value",
        passed=passed,
        reason=f"{measured.words} is {compared} {limit:.4f}",
        value=measured.value,
        limit=limit,
    )


GATE = _judge
