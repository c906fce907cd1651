"""The gate of a training that ended: without a model there is nothing to judge."""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence


def _judge(evidence: Evidence) -> Verdict:
    fault = evidence.trial.fault
    return Verdict(gate="trained", passed=fault is None, reason=fault or "it was trained and exported")


GATE = _judge
