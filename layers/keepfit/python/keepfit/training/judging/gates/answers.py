"""The gate of answers to the holdout, by the code that serves."""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence


def _judge(evidence: Evidence) -> Verdict:
    answers = evidence.answers
    if answers.fault is not None or answers.served is None:
        return Verdict(gate="answers", passed=False, reason=answers.fault or "it gave no scores")
    return Verdict(gate="answers", passed=True, reason=f"it answers {len(answers.served):,} rows")


GATE = _judge
