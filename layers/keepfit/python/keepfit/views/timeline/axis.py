"""The axis of a timeline: the clock, or the time of the requests where that is another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from statistics import median
from typing import Literal

from keepfit.views.timeline.stored_reports import StoredReport

AxisName = Literal["clock", "requests"]


def likely_axis(reports: Sequence[StoredReport]) -> AxisName:
    """The axis on which causes stand before their effects.

    A model that is asked about the present has both within a window's length. Where most windows end farther from the
    moment when the monitor ran, a past is replayed, and its clock says nothing.
    """
    gaps = [
        (abs(report.ran_at - end), end - start)
        for report in reports
        if report.window is not None
        for start, end in [report.window]
    ]
    if not gaps:
        return "clock"
    away, length = (median(gap[place].total_seconds() for gap in gaps) for place in (0, 1))
    return "requests" if away > max(length, _DAY.total_seconds()) else "clock"


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Places instants of the clock on the axis.

    By the time of requests an instant lies where the newest request was that the monitor had collected by then.
    """

    name: AxisName
    ran_at: tuple[datetime, ...]
    newest: tuple[datetime, ...]
    first: datetime | None

    @classmethod
    def of(cls, name: AxisName, reports: Sequence[StoredReport]) -> TimeAxis:
        """The axis of ``reports`` in the order in which they were made."""
        known = [(report.ran_at, *report.window) for report in reports if report.window is not None]
        if not known:
            return cls("clock", (), (), None)
        newest = tuple(accumulate((end for _, _, end in known), max))
        return cls(name, tuple(ran_at for ran_at, _, _ in known), newest, known[0][1])

    def place(self, at: datetime) -> datetime:
        """Where an instant of the clock lies."""
        if self.name == "clock" or self.first is None:
            return at
        before = bisect_right(self.ran_at, at)
        return self.newest[before - 1] if before else self.first

    def end_of(self, report: StoredReport) -> datetime:
        """Where what a report says ends."""
        if self.name == "clock" or report.window is None:
            return self.place(report.ran_at)
        return report.window[1]


_DAY = timedelta(days=1)
