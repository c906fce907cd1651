"""The gate of the model's own tests: each that its definition has is passed."""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence


def _judge(evidence: Evidence) -> Verdict | None:
    served = evidence.answers.candidate
    results = served.tests() if served is not None else []
    if not results:
        return None
    failed = [f"{result.name}: {result.reason}" for result in results if not result.passed]
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return Verdict(
        gate="model_tests",
        passed=not failed,
        reason=f"{failed[0]}{more}" if failed else f"all {len(results)} are passed",
        value=float(len(failed)),
        limit=0.0,
        details=[f"{result.name}: {result.reason}" for result in results],
    )


GATE = _judge
