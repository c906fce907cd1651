"""The gate of calibration: probabilities are near the share that comes true, chance apart."""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence


def _judge(evidence: Evidence) -> Verdict | None:
    limit, served = evidence.gates.max_calibration_error, evidence.answers.candidate
    error = served.evaluation().calibration if limit is not None and served is not None else None
    if error is None or limit is None:
        return None
    chance = f"chance alone gives up to {error.by_chance:.4f}"
    return Verdict(
        gate="calibration_error",
        passed=error.value <= max(limit, error.by_chance),
        reason=f"probabilities are {error.value:.4f} off on average; {limit:.4f} is allowed, and {chance}",
        value=error.value,
        limit=limit,
    )


GATE = _judge
