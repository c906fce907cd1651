"""The performance of a model as one self-contained HTML page, with the metric over time."""

from __future__ import annotations

from datetime import datetime, timedelta

from cli.rendering.performance_tables import counted_outcomes
from keepfit.monitoring.outcomes.report import PerformanceReport, VersionPerformance
from keepfit.pages.markup import Html, element
from keepfit.pages.page import facts, keys, page, section, table
from keepfit.pages.plots.curves import Curve, over_plane
from keepfit.pages.plots.intervals import Mark, intervals
from keepfit.pages.style import COLOURS

_DAY = timedelta(days=1)


def performance_page(report: PerformanceReport) -> str:
    """Renders the page."""
    title = f"Performance of {report.model}"
    return page(
        title,
        element("h1", title),
        facts(_facts(report)),
        section(report.metric, *_plot(report)),
        section("By version", _versions(report)),
        section("Outcomes", _outcomes(report)),
    )


def _facts(report: PerformanceReport) -> list[tuple[str, str]]:
    window = " to ".join(f"{instant:%Y-%m-%d %H:%M}" for instant in report.window or ())
    return [
        ("Predictions", f"{window} UTC, by event time" if window else "none was collected yet"),
        (
            "Outcomes",
            f"version {report.dataset_version} of {report.dataset}" if report.dataset_version else "none",
        ),
        ("Known by", f"{report.as_of:%Y-%m-%d %H:%M} UTC"),
        ("Champion", f"version {report.champion}" if report.champion else "none"),
    ]


def _plot(report: PerformanceReport) -> list[Html]:
    measured = [each for each in report.versions if each.value is not None]
    versions = sorted({each.version for each in measured})
    kinds = {version: f"c{place % COLOURS}" for place, version in enumerate(versions)}
    if not measured or report.window is None:
        return []
    if report.by is None:
        marks = [
            Mark(
                name=f"version {each.version}",
                kind=kinds[each.version],
                value=each.value,
                interval=each.interval or (each.value, each.value),
            )
            for each in measured
            if each.value is not None
        ]
        return [intervals(marks, of=report.metric)]
    start = report.window[0]
    curves = [
        _curve(
            f"version {version}",
            kinds[version],
            [each for each in measured if each.version == version],
            start,
        )
        for version in versions
    ]
    across = f"days since {start:%Y-%m-%d %H:%M}"
    named = keys((f"version {version}", kind) for version, kind in kinds.items())
    return [named, over_plane(curves, across=across, up=report.metric)]


def _curve(name: str, kind: str, measured: list[VersionPerformance], start: datetime) -> Curve:
    values = [(each.period, each.value, each.interval) for each in measured]
    points = [((period - start) / _DAY, value) for period, value, _ in values if period and value is not None]
    band = [ends or (value, value) for _, value, ends in values if value is not None]
    return Curve(name=name, kind=kind, points=points, band=band, dots=True)


def _versions(report: PerformanceReport) -> Html:
    columns = [
        "version",
        "predictions",
        "outcomes",
        "late",
        "pending",
        "overdue",
        report.metric,
        "when judged",
        "note",
    ]
    rows = [
        [
            *([f"{each.period:%Y-%m-%d %H:%M}"] if each.period else []),
            *map(str, (each.version, each.predictions, each.outcomes, each.late, each.pending, each.overdue)),
            _number(each.value),
            _number(each.judged),
            each.note or "",
        ]
        for each in report.versions
    ]
    return table([*([report.by] if report.by else []), *columns], rows, numeric=columns[:-1])


def _outcomes(report: PerformanceReport) -> Html:
    rows = [[name, f"{count:,}", meaning] for name, count, meaning in counted_outcomes(report)]
    return table(["outcomes", "rows", "what that means"], rows, numeric=["rows"])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
