"""`keepfit timeline`: what happened to a model and why, on one axis of time."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Annotated, Final

import msgspec
import typer

from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.places.functions import invoke
from cli.rendering.timeline_tables import timeline_tables
from keepfit.errors import KeepfitError
from keepfit.instants import Duration, from_iso
from keepfit.monitoring.outcomes.report import PerformanceReport
from keepfit.views.timeline.period import Asked
from keepfit.views.timeline.timeline import Timeline, read_timeline

_PERIODS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
_MOST_PERIODS: Final = 120
_LEAST_ROWS: Final = 300
"""Of a period: of fewer, intervals are so wide that they tell nothing."""


class AxisOption(StrEnum):
    """What lies at a place of the axis."""

    CLOCK = "clock"
    REQUESTS = "requests"


@at_place
def timeline(
    deployment: Deployment,
    model: OneModel,
    since: Annotated[
        str | None,
        typer.Option(help="From then on, ISO 8601, or how far to look back, such as 90d; all by default."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Until then, ISO 8601; all by default.")] = None,
    axis: Annotated[
        AxisOption | None,
        typer.Option(
            help="Lay everything out by the clock, or by the time of requests where a past is replayed; the one that "
            "the reports suggest by default."
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write it as one HTML page with plots.")] = None,
) -> Shown:
    """What moved, what was done about it and whether it helped: drift, trainings, releases, gains."""
    asked = Asked(first=_since(since), last=_instant("--until", until))
    if isinstance(asked.first, datetime) and asked.last is not None and asked.first > asked.last:
        raise CommandError("--since lies after --until: give the earlier one first", Exit.USAGE)
    with working(f"reading the reports on {model}"):
        found = read_timeline(deployment.stores(model), asked, axis=axis.value if axis else None)
    found = with_performance(deployment, found)
    if html is not None:
        from cli.rendering.timeline_page import timeline_page  # noqa: PLC0415  a second, for who wants plots

        html.write_text(timeline_page(found), encoding="utf-8")
    return Shown(
        document=found,
        parts=timeline_tables(found),
        hints=(f"The timeline with plots: {html}",) if html else (),
    )


def with_performance(deployment: Deployment, found: Timeline) -> Timeline:
    """The timeline with the performance of versions, measured now, or why that is not known."""
    windows = [window.window for window in found.windows if window.window is not None]
    if not windows:
        note = "nothing was measured: the monitor has reported on no requests in this time"
        return msgspec.structs.replace(found, performance_note=note)
    start = min(start for start, _ in windows)
    by = _period(found, max(end for _, end in windows) - start)
    asked = {"window": f"{_days_since(deployment, found.model, start)}d", "by": by}
    try:
        with working(f"measuring {found.model}"):
            answer = invoke(deployment.model(found.model)["MonitorFunction"], {"performance": asked})
    except (CommandError, KeepfitError) as error:  # who may read alone gets what is stored
        return msgspec.structs.replace(found, performance_note=f"could not be measured: {error}")
    report = msgspec.convert(answer, PerformanceReport)
    first, last = (found.since or start) - _PERIODS[by], found.until
    kept = [each for each in report.versions if each.period and first <= each.period <= (last or each.period)]
    return msgspec.structs.replace(found, performance=msgspec.structs.replace(report, versions=kept))


def _days_since(deployment: Deployment, model: str, start: datetime) -> int:
    """How many days before the newest request ``start`` lies; windows are looked back from there."""
    newest = deployment.stores(model).progress.load().newest_event
    return max(1, (max(newest, start) - start).days + 1) if newest else 1


def _period(found: Timeline, length: timedelta) -> str:
    """The shortest period that has rows enough, and of which there are not too many."""
    spans = [
        window.rows / max((window.window[1] - window.window[0]).total_seconds(), 1.0)
        for window in found.windows
        if window.window is not None
    ]
    per_second = median(spans)
    for name, period in _PERIODS.items():
        if per_second * period.total_seconds() >= _LEAST_ROWS and length / period <= _MOST_PERIODS:
            return name
    return "week"


def _since(text: str | None) -> datetime | Duration | None:
    try:
        return None if text is None else Duration.parse(text)
    except ValueError:
        return _instant("--since", text)


def _instant(option: str, text: str | None) -> datetime | None:
    try:
        return None if text is None else from_iso(text)
    except ValueError as error:
        hint = ", and no length such as 90d" if option == "--since" else ""
        raise CommandError(
            f"{option} {text!r} is no instant of ISO 8601{hint}: {error}", Exit.USAGE
        ) from error
