"""The figures behind the plots of a timeline, as tables of its page."""

from __future__ import annotations

from typing import Final

from cli.rendering.timeline_tables import times_over
from keepfit.monitoring.outcomes.report import PerformanceReport
from keepfit.pages.markup import Html, joined
from keepfit.pages.page import details, table
from keepfit.views.timeline.columns import PredictedHistory
from keepfit.views.timeline.timeline import Timeline

_NUMBERS: Final = (
    "rows",
    "worst drift",
    "estimated",
    "predictions",
    "outcomes",
    "low",
    "high",
    "10 %",
    "50 %",
    "90 %",
)


def windows_table(timeline: Timeline) -> Html:
    """The drift of each column, and of each window, collapsed."""
    rows = [
        [
            f"{each.shown_to:%Y-%m-%d %H:%M}",
            f"v{each.champion}" if each.champion else "",
            f"{each.rows:,}",
            _number(each.worst_drift),
            each.worst_input or "",
            ", ".join([*each.drifted, *each.drifted_segments]) or each.nothing_compared or "",
        ]
        for each in timeline.windows
    ]
    columns = ["window to", "compared with", "rows", "worst drift", "of", "drifted"]
    by_column = [
        [
            each.column,
            f"{each.worst:.3f}",
            "ignored" if each.ignored else str(times_over(each.scores, timeline)),
        ]
        for each in timeline.columns
    ]
    return joined(
        details(
            "By column",
            table(["column", "worst drift", "windows drifted"], by_column, numeric=["worst drift"]),
        ),
        details("By window", table(columns, rows, numeric=_NUMBERS)),
    )


def predicted_table(history: PredictedHistory) -> Html:
    """The predictions of each window, collapsed."""
    if all(each.quantiles is None for each in history.windows):
        names = list(dict.fromkeys(name for each in history.windows for name in each.shares))
        rows = [
            [f"{each.shown_to:%Y-%m-%d %H:%M}", *(f"{each.shares.get(name, 0):.1%}" for name in names)]
            for each in history.windows
        ]
        return details("Figures", table(["window to", *names], rows, numeric=names))
    numbers = [
        [f"{each.shown_to:%Y-%m-%d %H:%M}", *map(_number, each.quantiles or ())] for each in history.windows
    ]
    return details("Figures", table(["window to", "10 %", "50 %", "90 %"], numbers, numeric=_NUMBERS))


def measured_table(report: PerformanceReport) -> Html:
    """The realised performance of each version in each period."""
    rows = [
        [
            f"{each.period:%Y-%m-%d %H:%M}" if each.period else "",
            f"v{each.version}",
            f"{each.predictions:,}",
            f"{each.outcomes:,}",
            _number(each.value),
            *(_number(end) for end in each.interval or (None, None)),
            _number(each.estimated.value if each.estimated else None),
            each.note or "",
        ]
        for each in report.versions
    ]
    columns = [
        str(report.by),
        "version",
        "predictions",
        "outcomes",
        report.metric,
        "low",
        "high",
        "estimated",
        "note",
    ]
    return table(columns, rows, numeric=[*_NUMBERS, report.metric])


def estimated_table(timeline: Timeline) -> Html:
    """The performance that the monitor estimated, window by window."""
    rows = [
        [
            f"{each.shown_to:%Y-%m-%d %H:%M}",
            _number(each.estimated.value),
            *map(_number, each.estimated.interval),
        ]
        for each in timeline.windows
        if each.estimated
    ]
    return table(["window to", "estimated", "low", "high"], rows, numeric=_NUMBERS)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
