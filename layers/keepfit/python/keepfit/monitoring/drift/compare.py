"""Compares every column of a window with the reference: some statistics, one decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from keepfit.monitoring.drift.decision import Decision, Verdict
from keepfit.monitoring.drift.measure import measure_column
from keepfit.monitoring.drift.registry import statistic_of
from keepfit.monitoring.drift.statistic import Measurement
from keepfit.monitoring.profiles.column_profile import ColumnProfile
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.profiles.window_profile import WindowProfile
from keepfit.monitoring.reports.report import ColumnDrift, DriftReport, Measured

_TIMESTAMP = (
    "a timestamp only grows, so that its values are not compared; what is derived of it is watched in what is "
    "predicted alone"
)


class _Column(NamedTuple):
    name: str
    profile: ColumnProfile
    counts: list[int]
    grid: list[int] | None


def compare(
    reference: ReferenceProfile,
    window: WindowProfile,
    decision: Decision,
    *,
    statistics: Sequence[str] = ("psi",),
) -> DriftReport:
    """Judges each input of the window, and each column of what was predicted.

    Args:
        reference: the profile of the champion's training data.
        window: counts in the bins of that profile.
        decision: which columns count as drifted, and which are passed over.
        statistics: the names of what measures them; the worst of those that decide is a column's drift score.
    """
    skipped, judged = dict.fromkeys(reference.timestamps, _TIMESTAMP), list[ColumnDrift]()
    for column in _columns(reference, window):
        found = decision.passed_over(sum(column.counts)) or _judge(column, decision, statistics)
        if isinstance(found, str):
            skipped[column.name] = found
        else:
            judged.append(found)
    judged.sort(key=lambda column: (column.ignored, -column.drift_score, column.column))
    return DriftReport(
        rows=window.rows,
        reference_rows=reference.rows,
        threshold=decision.limit,
        decision=decision.reason,
        columns=judged,
        skipped=skipped,
    )


def predicted(name: str) -> str:
    """What a column of predictions is called beside the inputs.

    >>> predicted("probability")
    'predicted probability'
    """
    return f"predicted {name}"


def _columns(reference: ReferenceProfile, window: WindowProfile) -> list[_Column]:
    inputs = [
        _Column(name, profile, window.columns.get(name, []), window.grids.get(name))
        for name, profile in reference.columns.items()
    ]
    outputs = [
        _Column(predicted(name), profile, window.outputs.get(name, []), window.output_grids.get(name))
        for name, profile in reference.outputs.items()
    ]
    return [*inputs, *outputs]


def _judge(column: _Column, decision: Decision, statistics: Sequence[str]) -> ColumnDrift | str:
    """The drift of a column; the reason where no statistic decides about it."""
    rows = sum(column.counts)
    measured_by = measure_column(
        {name: statistic_of(name) for name in statistics}, column.profile, column.counts, column.grid
    )
    found = [
        (decision.judge(column.name, name, measured, rows), name, measured)
        for name, measured in measured_by.items()
    ]
    deciding = [(verdict, name, measured) for verdict, name, measured in found if verdict is not None]
    if not deciding:
        return f"none of {', '.join(statistics)} decides about it: see drift_threshold and statistics"
    verdict, name, measured = max(deciding, key=lambda each: each[0].score)
    score, bins = round(verdict.score, 6), column.profile.bins
    return ColumnDrift(
        column=column.name,
        statistic=name,
        value=round(measured.value, 6),
        threshold=round(verdict.threshold, 6),
        drift_score=score,
        # As it is published: the alarm sees six digits.
        drifted=column.name not in decision.ignore and score >= decision.limit,
        ignored=column.name in decision.ignore,
        rows=rows,
        labels=bins.labels,
        reference=bins.shown(column.profile.counts),
        current=bins.shown(column.counts),
        measured=[_told(*each) for each in found],
    )


def _told(verdict: Verdict | None, name: str, measured: Measurement) -> Measured:
    return Measured(
        statistic=name,
        value=round(measured.value, 6),
        expected=round(measured.expected, 6),
        threshold=None if verdict is None else round(verdict.threshold, 6),
    )
