"""The gate of single requests that are answered in time, measured where the model is judged."""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence


def _judge(evidence: Evidence) -> Verdict | None:
    limit, served = evidence.gates.max_latency_ms, evidence.answers.candidate
    if limit is None or served is None:
        return None
    milliseconds = served.p95_ms()
    return Verdict(
        gate="latency",
        passed=milliseconds <= limit,
        reason=f"95 % of single requests take {milliseconds:.2f} ms or less; {limit:g} ms are allowed",
        value=milliseconds,
        limit=limit,
    )


GATE = _judge
