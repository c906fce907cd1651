"""The timeline of a model as one self-contained HTML page, its plots below each other on one axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from cli.rendering.performance_tables import honest
from cli.rendering.timeline_events import timeline_events
from cli.rendering.timeline_plots import (
    actions_plot,
    drift_plot,
    moments,
    performance_plot,
    predicted_plot,
    span_of,
)
from cli.rendering.timeline_tables import EPISODE_COLUMNS, episode_row, overview, times_over
from keepfit.monitoring.outcomes.report import PerformanceReport
from keepfit.monitoring.reports.shown_bins import shown_bins
from keepfit.pages.markup import Html, element, joined
from keepfit.pages.page import details, facts, figure, keys, page, section, table
from keepfit.pages.plots.bars import CLASSES as BAR_CLASSES
from keepfit.pages.plots.bars import paired
from keepfit.pages.plots.time_axis import Span
from keepfit.views.timeline.timeline import Timeline
from keepfit.views.timeline.windows import Histogram, PredictedHistory

_NAMES: Final = ("training data", "window")
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


def timeline_page(timeline: Timeline) -> str:
    """Renders the page."""
    title = f"Timeline of {timeline.model}"
    span = span_of(timeline)
    return page(
        title,
        element("h1", title),
        facts((name, str(value)) for name, value in overview(timeline)),
        _alarms(timeline),
        *(_over(timeline, span) if span is not None else [element("p", "Nothing happened yet.")]),
        _histograms(timeline.histograms),
        _events(timeline),
    )


def _alarms(timeline: Timeline) -> Html | None:
    """The alarms with their consequences."""
    rows = [[*map(str, episode_row(each))] for each in timeline.episodes]
    return section("From alarm to gain", table(EPISODE_COLUMNS, rows)) if rows else None


def _over(timeline: Timeline, span: Span) -> Iterable[Html | None]:
    """The plots over time, each with its figures in a table below."""
    lines = moments(timeline)
    yield figure("What was done", *actions_plot(timeline, span, lines))
    if timeline.columns:
        words = (
            "Each row is a column of requests, or of what is predicted, and each cell a window against the training "
            "data of the champion: its drift score over that from which the alarm sounds. Grey ones are ignored."
        )
        yield figure(
            "Drift", drift_plot(timeline, span, lines), element("p", words, class_="soft"), _windows(timeline)
        )
    for each in timeline.predicted:
        yield figure(each.column.capitalize(), *predicted_plot(each, span, lines), _predicted(each))
    yield _performance(timeline, span, lines)


def _windows(timeline: Timeline) -> Html:
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


def _predicted(history: PredictedHistory) -> Html:
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


def _performance(timeline: Timeline, span: Span, lines: Any) -> Html | None:
    """Realised and estimated performance, as far as either is known."""
    drawn = performance_plot(timeline, span, lines)
    report = timeline.performance
    note = [element("p", timeline.performance_note, class_="soft")] if timeline.performance_note else []
    if drawn is None:
        return section("Performance", *note) if note else None
    words = "Bands are intervals of 95 %. Dashed is what the champion's own answers let expect, before any outcome."
    said = honest(report) if report else None
    return figure(
        "Performance",
        *drawn,
        element("p", words if said is None else f"{words} Estimates were {said}.", class_="soft"),
        *note,
        details("Figures", _measured(report) if report and report.versions else _estimated(timeline)),
    )


def _measured(report: PerformanceReport) -> Html:
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


def _estimated(timeline: Timeline) -> Html:
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


def _histograms(histograms: Sequence[Histogram]) -> Html | None:
    """The columns that moved farthest, each in the window where it had."""
    if not histograms:
        return None
    words = "Each column where it had moved farthest from the training data of the version that was champion then."
    return section(
        "What moved farthest",
        element("p", words),
        keys(zip(_NAMES, BAR_CLASSES, strict=True)),
        element("div", map(_histogram, histograms), class_="grid"),
    )


def _histogram(found: Histogram) -> Html:
    bins = shown_bins(found.labels, found.reference, found.current)
    window = " to ".join(f"{instant:%Y-%m-%d}" for instant in found.window or ())
    said = f"drift score {found.drift_score:.3f}, {window}, against version {found.champion}"
    figures = [(each.label, f"{each.before:.1%}", f"{each.after:.1%}") for each in bins]
    return figure(
        found.column,
        element("p", said, class_="soft"),
        paired(bins, of=found.column, names=_NAMES),
        details("Figures", table(["bin", *_NAMES], figures, numeric=_NAMES)),
    )


def _events(timeline: Timeline) -> Html | None:
    rows = [
        [
            f"{event.at:%Y-%m-%d %H:%M:%S}",
            *([f"{event.shown_at:%Y-%m-%d}"] if timeline.axis == "requests" else []),
            event.what,
            event.why,
        ]
        for event in timeline_events(timeline)
    ]
    columns = ["at, UTC", *(["requests to"] if timeline.axis == "requests" else []), "what", "why"]
    return section("Events", table(columns, rows)) if rows else None


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
