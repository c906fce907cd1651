"""The gate of an export that answers like the estimator, on rows chosen to part them."""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence


def _judge(evidence: Evidence) -> Verdict | None:
    trial, gates = evidence.trial, evidence.gates
    if trial.fault is not None:
        return None
    passed = (
        trial.max_difference <= gates.parity_tolerance and trial.flipped_labels <= gates.max_flipped_labels
    )
    allowed = f"{gates.parity_tolerance:.2g} and {gates.max_flipped_labels} are allowed"
    measured = f"differs by up to {trial.max_difference:.2g} and flips {trial.flipped_labels} labels"
    return Verdict(
        gate="parity",
        passed=passed,
        reason=f"the exported model {measured} against the trained one; {allowed}",
        value=trial.max_difference,
        limit=gates.parity_tolerance,
    )


GATE = _judge
