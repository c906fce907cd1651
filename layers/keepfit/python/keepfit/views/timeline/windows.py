"""The windows of a timeline: what each report of the monitor found, and where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from keepfit.monitoring.estimation.estimate import Estimate
from keepfit.monitoring.reports.report import MonitoringReport, Occasion
from keepfit.views.timeline.axis import TimeAxis
from keepfit.views.timeline.stored_reports import StoredReport


class TimelineWindow(msgspec.Struct, frozen=True, kw_only=True):
    """One report of the monitor; it lies from ``shown_from`` to ``shown_to`` on the axis.

    That is from where the report before it ends, though its own ``window`` of requests may reach further back; nothing
    where the same requests were compared again. ``judged`` is the metric that the champion was judged by.
    """

    shown_from: datetime
    shown_to: datetime
    ran_at: datetime
    window: tuple[datetime, datetime] | None
    occasion: Occasion
    champion: int | None
    rows: int
    threshold: float
    worst_drift: float | None
    worst_input: str | None
    drifted: list[str]
    drifted_segments: list[str]
    alarm_standing_since: datetime | None
    decay_alarms: dict[str, datetime] | None
    nothing_compared: str | None
    metric: str | None
    estimated: Estimate | None
    judged: float | None


Placed = Sequence[tuple[TimelineWindow, MonitoringReport]]


def placed(reports: Sequence[MonitoringReport], axis: TimeAxis) -> Placed:
    """The scheduled reports in the order of the axis, each with its place."""
    ends = [
        (axis.end_of(StoredReport("", report.ran_at, report.window)), report)
        for report in reports
        if report.occasion != "asked"
    ]
    ends.sort(key=lambda pair: (pair[0], pair[1].ran_at))
    found, before = list[tuple[TimelineWindow, MonitoringReport]](), None
    for end, report in ends:
        length = report.window[1] - report.window[0] if report.window else timedelta()
        start = end - length if before is None else max(before, end - length)
        found.append((_window(report, start, end), report))
        before = end
    return found


def _window(report: MonitoringReport, start: datetime, end: datetime) -> TimelineWindow:
    drift, estimated = report.drift, report.estimated
    worst = drift.worst if drift else None
    return TimelineWindow(
        shown_from=start,
        shown_to=end,
        ran_at=report.ran_at,
        window=report.window,
        occasion=report.occasion,
        champion=report.champion,
        rows=drift.rows if drift else 0,
        threshold=report.threshold,
        worst_drift=worst.drift_score if worst else None,
        worst_input=worst.column if worst else None,
        drifted=drift.drifted if drift else [],
        drifted_segments=drift.segments.drifted if drift and drift.segments else [],
        alarm_standing_since=report.alarm_standing_since,
        decay_alarms=report.decay_alarms,
        nothing_compared=report.nothing_compared,
        metric=estimated.metric if estimated else None,
        estimated=estimated.estimate if estimated else None,
        judged=estimated.judged if estimated else None,
    )
