"""A candidate's trial as its task left it in the run's files."""

from __future__ import annotations

from keepfit.training.judging.evidence import CandidateTrial
from keepfit.training.runs.run_files import CandidateFiles


def candidate_trial(own: CandidateFiles, name: str, metric: str) -> CandidateTrial:
    """The candidate of this name with its validation by ``metric``, or why it has none."""
    report = own.report()
    if report is None:
        return CandidateTrial(name=name, fault=_why_untrained(own))
    return CandidateTrial(
        name=name,
        validation=report.metrics.get(metric),
        max_difference=report.parity.max_difference,
        flipped_labels=report.parity.flipped_labels,
    )


def _why_untrained(own: CandidateFiles) -> str:
    failure = own.failure()
    if failure is None:
        return "its task left neither a report nor a reason; see the task's log"
    return f"{failure.error}: {failure.cause}"
