"""The gate of serving that answers the holdout like training did."""

from __future__ import annotations

import numpy as np

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence
from keepfit.training.judging.gates.base import shown


def _judge(evidence: Evidence) -> Verdict | None:
    answers, gates = evidence.answers, evidence.gates
    if answers.fault is not None or answers.served is None:
        return None
    if answers.native is None or answers.native.shape != answers.served.shape:
        reason = "training left no scores for these holdout rows to compare with"
        return Verdict(gate="serving_parity", passed=False, reason=reason)
    difference = evidence.task.serving.difference(answers.native, answers.served)
    passed = difference.passes(tolerance=gates.parity_tolerance, max_flipped_labels=gates.max_flipped_labels)
    if passed:
        reason = f"serving differs from training by up to {difference.max_difference:.2g}"
    else:
        apart, row = difference.difference > gates.parity_tolerance, int(np.argmax(difference.difference))
        reason = (
            f"serving answers {int(apart.sum())} of {len(apart)} holdout rows otherwise than training "
            f"({difference.flipped_labels} labels flip), most in row {row}: "
            f"{shown(answers.served[row])} instead of {shown(answers.native[row])}"
        )
    return Verdict(
        gate="serving_parity",
        passed=passed,
        reason=reason,
        value=difference.max_difference,
        limit=gates.parity_tolerance,
    )


GATE = _judge
