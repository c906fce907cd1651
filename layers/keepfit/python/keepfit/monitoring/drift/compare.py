"""Compares every column of a window with the reference: one statistic, one decision."""

from __future__ import annotations

from keepfit.monitoring.drift.decision import Threshold
from keepfit.monitoring.drift.registry import statistic_of
from keepfit.monitoring.profiles.profile import ColumnProfile, ReferenceProfile, WindowProfile
from keepfit.monitoring.reports.report import ColumnDrift, DriftReport

_TIMESTAMP = (
    "a timestamp only grows, so that its values are not compared; what is derived of it is watched in what is "
    "predicted alone"
)


def compare(
    reference: ReferenceProfile, window: WindowProfile, decision: Threshold, *, statistic: str = "psi"
) -> DriftReport:
    """Judges each input of the window, and each column of what was predicted.

    Args:
        reference: the profile of the champion's training data.
        window: counts in the bins of that profile.
        decision: which columns count as drifted, and which are passed over.
        statistic: the name of what measures them.
    """
    pairs = {name: (profile, window.columns.get(name, [])) for name, profile in reference.columns.items()}
    pairs |= {
        predicted(name): (profile, window.outputs.get(name, []))
        for name, profile in reference.outputs.items()
    }
    skipped, judged = dict.fromkeys(reference.timestamps, _TIMESTAMP), list[ColumnDrift]()
    for name, (profile, current) in pairs.items():
        reason = decision.passed_over(sum(current))
        if reason:
            skipped[name] = reason
        else:
            judged.append(_judge(name, profile, current, decision, statistic))
    judged.sort(key=lambda column: (column.ignored, -column.drift_score, column.column))
    return DriftReport(
        rows=window.rows,
        reference_rows=reference.rows,
        threshold=decision.limit,
        columns=judged,
        skipped=skipped,
    )


def predicted(name: str) -> str:
    """What a column of predictions is called beside the inputs.

    >>> predicted("probability")
    'predicted probability'
    """
    return f"predicted {name}"


def _judge(
    name: str, profile: ColumnProfile, current: list[int], decision: Threshold, statistic: str
) -> ColumnDrift:
    measured = statistic_of(statistic).measure(profile.counts, current, profile.bins)
    return ColumnDrift(
        column=name,
        statistic=statistic,
        value=round(measured.value, 6),
        drift_score=round(measured.score, 6),
        drifted=decision.drifted(name, measured.score),
        ignored=name in decision.ignore,
        rows=sum(current),
        labels=profile.bins.labels,
        reference=profile.bins.shown(profile.counts),
        current=profile.bins.shown(current),
    )
