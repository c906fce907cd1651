"""The timeline of a model as one self-contained HTML page, its plots below each other on one axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from cli.rendering.performance_tables import honest
from cli.rendering.timeline_curves import performance_plot, predicted_plot
from cli.rendering.timeline_events import timeline_events
from cli.rendering.timeline_figures import (
    estimated_table,
    measured_table,
    predicted_table,
    windows_table,
)
from cli.rendering.timeline_plots import actions_plot, drift_plot, moments, span_of
from cli.rendering.timeline_tables import EPISODE_COLUMNS, episode_row, overview
from keepfit.monitoring.reports.shown_bins import shown_bins
from keepfit.pages.markup import Html, element
from keepfit.pages.page import details, facts, figure, keys, page, section, table
from keepfit.pages.plots.bars import CLASSES as BAR_CLASSES
from keepfit.pages.plots.bars import paired
from keepfit.pages.plots.time_axis import Span
from keepfit.views.timeline.columns import Histogram
from keepfit.views.timeline.timeline import Timeline

_NAMES: Final = ("training data", "window")


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
            "Drift",
            drift_plot(timeline, span, lines),
            element("p", words, class_="soft"),
            windows_table(timeline),
        )
    for each in timeline.predicted:
        yield figure(each.column.capitalize(), *predicted_plot(each, span, lines), predicted_table(each))
    yield _performance(timeline, span, lines)


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
        details(
            "Figures", measured_table(report) if report and report.versions else estimated_table(timeline)
        ),
    )


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
