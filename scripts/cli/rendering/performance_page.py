"""The performance of a model as one self-contained HTML page, with the metric over time."""

from __future__ import annotations

from datetime import datetime, timedelta

from cli.rendering.performance_tables import counted_outcomes, honest
from keepfit.monitoring.estimation.estimate import Estimate
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
        *([("Estimates", said)] if (said := honest(report)) else []),
    ]


def _plot(report: PerformanceReport) -> list[Html]:
    """Plots measured and estimated values of each version."""
    series = [
        *((f"version {each.version}", each, _realised(each)) for each in report.versions),
        *((f"version {each.version}, estimated", each, each.estimated) for each in report.versions),
    ]
    shown = [(name, each, found) for name, each, found in series if found is not None]
    kinds = {
        name: f"c{place % COLOURS}" for place, name in enumerate(dict.fromkeys(name for name, *_ in shown))
    }
    if not shown or report.window is None:
        return []
    if report.by is None:
        marks = [
            Mark(name=name, kind=kinds[name], value=found.value, interval=found.interval)
            for name, _, found in shown
        ]
        return [intervals(marks, of=report.metric)]
    start = report.window[0]
    curves = [
        _curve(name, kind, [(each, found) for of, each, found in shown if of == name], start)
        for name, kind in kinds.items()
    ]
    return [
        keys(kinds.items()),
        over_plane(curves, across=f"days since {start:%Y-%m-%d %H:%M}", up=report.metric),
    ]


def _realised(each: VersionPerformance) -> Estimate | None:
    """The value with its interval; None where nothing was measured."""
    if each.value is None:
        return None
    return Estimate(value=each.value, interval=each.interval or (each.value, each.value))


def _curve(name: str, kind: str, found: list[tuple[VersionPerformance, Estimate]], start: datetime) -> Curve:
    dated = [((each.period - start) / _DAY, value) for each, value in found if each.period]
    return Curve(
        name=name,
        kind=kind,
        points=[(day, value.value) for day, value in dated],
        band=[value.interval for _, value in dated],
        dots=True,
    )


def _versions(report: PerformanceReport) -> Html:
    columns = [
        "version",
        "predictions",
        "outcomes",
        "late",
        "pending",
        "overdue",
        report.metric,
        "estimated",
        "off by",
        "when judged",
        "note",
    ]
    rows = [
        [
            *([f"{each.period:%Y-%m-%d %H:%M}"] if each.period else []),
            *map(str, (each.version, each.predictions, each.outcomes, each.late, each.pending, each.overdue)),
            _number(each.value),
            _number(each.estimated.value if each.estimated else None),
            _number(each.checked.error if each.checked else None),
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
