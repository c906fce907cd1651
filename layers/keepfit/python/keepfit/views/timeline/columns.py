"""The columns of a timeline: their drift over time, how far each moved, and what was predicted."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from keepfit.monitoring.reports.binned_quantiles import quantiles
from keepfit.monitoring.reports.report import ColumnDrift, MonitoringReport
from keepfit.views.timeline.windows import Placed

_PREDICTED: Final = "predicted "
_SHARES: Final = (0.1, 0.5, 0.9)
_MOST_CLASSES: Final = 6
_HISTOGRAMS: Final = 6


class ColumnHistory(msgspec.Struct, frozen=True, kw_only=True):
    """The drift of one column; ``scores`` has one per window, None where it was not judged."""

    column: str
    ignored: bool
    worst: float
    scores: list[float | None]


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    """The distribution of a column in the window where it moved farthest, beside the reference."""

    column: str
    window: tuple[datetime, datetime] | None
    champion: int | None
    drift_score: float
    labels: list[str]
    reference: list[int]
    current: list[int]


class PredictedWindow(msgspec.Struct, frozen=True, kw_only=True):
    """What was predicted in a window, and in the training data before it.

    ``quantiles`` are those of 10, 50 and 90 % of numbers, out of bins; ``shares`` those of classes.
    """

    shown_to: datetime
    quantiles: list[float] | None = None
    reference_quantiles: list[float] | None = None
    shares: dict[str, float] = {}
    reference_shares: dict[str, float] = {}


class PredictedHistory(msgspec.Struct, frozen=True, kw_only=True):
    """One column of what was predicted, over time."""

    column: str
    windows: list[PredictedWindow]


def column_histories(windows: Placed) -> list[ColumnHistory]:
    """The drift of every column that was ever judged, the worst first, the ignored ones last."""
    found: dict[str, dict[int, ColumnDrift]] = {}
    for place, (_, report) in enumerate(windows):
        for column in report.drift.columns if report.drift else ():
            found.setdefault(column.column, {})[place] = column
    histories = [
        ColumnHistory(
            column=name,
            ignored=all(each.ignored for each in by_place.values()),
            worst=max(each.drift_score for each in by_place.values()),
            scores=[
                round(by_place[place].drift_score, 4) if place in by_place else None
                for place in range(len(windows))
            ],
        )
        for name, by_place in found.items()
    ]
    return sorted(histories, key=lambda each: (each.ignored, -each.worst, each.column))


def worst_histograms(windows: Placed) -> list[Histogram]:
    """The distributions of the columns that moved farthest, each where it had."""
    worst: dict[str, tuple[float, ColumnDrift, MonitoringReport]] = {}
    for _, report in windows:
        for column in report.drift.columns if report.drift else ():
            farther = column.column not in worst or column.drift_score > worst[column.column][0]
            if farther and not column.ignored and any(column.current):
                worst[column.column] = (column.drift_score, column, report)
    return [
        Histogram(
            column=column.column,
            window=report.window,
            champion=report.champion,
            drift_score=score,
            labels=column.labels,
            reference=column.reference,
            current=column.current,
        )
        for score, column, report in sorted(worst.values(), key=lambda each: (-each[0], each[1].column))
        if score > 0
    ][:_HISTOGRAMS]


def predicted_histories(windows: Placed) -> list[PredictedHistory]:
    """What was predicted over time, by column."""
    found: dict[str, list[PredictedWindow]] = {}
    for window, report in windows:
        for column in report.drift.columns if report.drift else ():
            if column.column.startswith(_PREDICTED):
                found.setdefault(column.column, []).append(_predicted(window.shown_to, column))
    return [PredictedHistory(column=name, windows=each) for name, each in sorted(found.items())]


def _predicted(shown_to: datetime, column: ColumnDrift) -> PredictedWindow:
    current = quantiles(column.labels, column.current, _SHARES)
    if current is not None:
        return PredictedWindow(
            shown_to=shown_to,
            quantiles=current,
            reference_quantiles=quantiles(column.labels, column.reference, _SHARES),
        )
    both: list[dict[str, int]] = [
        dict(zip(column.labels, counts, strict=True)) for counts in (column.current, column.reference)
    ]
    frequent = sorted(both[0], key=lambda label: -both[0][label] - both[1][label])[:_MOST_CLASSES]
    shares, reference = ({name: _share(counts, name) for name in frequent} for counts in both)
    return PredictedWindow(shown_to=shown_to, shares=shares, reference_shares=reference)


def _share(counts: dict[str, int], name: str) -> float:
    return round(counts[name] / (sum(counts.values()) or 1), 4)
