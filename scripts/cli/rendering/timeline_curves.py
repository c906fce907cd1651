"""The curves of a timeline: what was predicted, and performance realised and estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from keepfit.monitoring.estimation.estimate import Estimate
from keepfit.monitoring.outcomes.report import VersionPerformance
from keepfit.pages.markup import Html
from keepfit.pages.page import keys
from keepfit.pages.plots.bands import Series, over_time
from keepfit.pages.plots.time_axis import Moment, Span
from keepfit.pages.style import colour
from keepfit.views.timeline.columns import PredictedHistory
from keepfit.views.timeline.timeline import Timeline

_LENGTHS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


def predicted_plot(history: PredictedHistory, span: Span, lines: Sequence[Moment]) -> list[Html]:
    """What was predicted: the median and eight tenths of numbers, or the share of each class."""
    numbers = [each for each in history.windows if each.quantiles is not None]
    if not numbers:
        names = list(dict.fromkeys(name for each in history.windows for name in each.shares))
        series = [
            Series(
                name=name,
                kind=colour(place),
                points=[(each.shown_to, 100 * each.shares.get(name, 0.0)) for each in history.windows],
            )
            for place, name in enumerate(names)
        ]
        return [_keys(series), over_time(series, span, up="share, %", moments=lines)]
    middle = Series(
        name="median, and from 10 to 90 %",
        kind="c0",
        points=[(each.shown_to, each.quantiles[1]) for each in numbers if each.quantiles],
        band=[(each.quantiles[0], each.quantiles[2]) for each in numbers if each.quantiles],
    )
    before = Series(
        name="median in the training data",
        kind="base",
        points=[(each.shown_to, each.reference_quantiles[1]) for each in numbers if each.reference_quantiles],
        dashed=True,
    )
    return [_keys([middle, before]), over_time([middle, before], span, up="predicted", moments=lines)]


def performance_plot(timeline: Timeline, span: Span, lines: Sequence[Moment]) -> list[Html] | None:
    """Realised performance by version and what was estimated; None where neither is known."""
    report = timeline.performance
    series = []
    for version in sorted({each.version for each in report.versions}) if report else ():
        own = [
            each for each in (report.versions if report else ()) if each.version == version and each.period
        ]
        series += _version(version, own, _LENGTHS[(report and report.by) or "day"])
    if not any(each.dashed for each in series):
        series += _of_windows(timeline)
    if not series:
        return None
    metric = report.metric if report else next(each.metric for each in timeline.windows if each.metric)
    return [_keys(series), over_time(series, span, up=str(metric), moments=lines)]


def _version(version: int, own: list[VersionPerformance], length: timedelta) -> list[Series]:
    """What a version did, and what was expected of it, each period by its middle."""
    realised = [
        (each.period, Estimate(value=each.value, interval=each.interval or (each.value, each.value)))
        for each in own
        if each.value is not None and each.period
    ]
    estimated = [(each.period, each.estimated) for each in own if each.estimated and each.period]
    return [
        *([_series(f"version {version}", colour(version), realised, length)] if realised else []),
        *(
            [_series(f"version {version}, estimated", colour(version), estimated, length, dashed=True)]
            if estimated
            else []
        ),
    ]


def _of_windows(timeline: Timeline) -> list[Series]:
    """What the monitor estimated, window by window."""
    found = [(each.shown_to, each.estimated) for each in timeline.windows if each.estimated]
    return [_series("estimated", "c0", found, timedelta(), dashed=True)] if found else []


def _series(
    name: str, kind: str, found: list[tuple[datetime, Estimate]], length: timedelta, *, dashed: bool = False
) -> Series:
    return Series(
        name=name,
        kind=kind,
        points=[(at + length / 2, each.value) for at, each in found],
        band=[each.interval for _, each in found],
        dashed=dashed,
    )


def _keys(series: Sequence[Series]) -> Html:
    """The legend; several estimates, each in the colour of its version, are named once."""
    dashed = [each for each in series if each.dashed]
    if len(dashed) > 1:
        series = [
            *(each for each in series if not each.dashed),
            replace(dashed[0], name="estimated", kind="base"),
        ]
    return keys((f"{'- - ' if each.dashed else '― '}{each.name}", each.kind) for each in series)
