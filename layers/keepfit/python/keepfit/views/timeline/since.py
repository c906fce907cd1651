"""Since when columns have drifted, by the stored reports of the monitor."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from keepfit.monitoring.reports.report import MonitoringReport
from keepfit.views.stores import ModelStores
from keepfit.views.timeline.stored_reports import read_reports, stored_reports

_AT_ONCE: Final = 32
_MOST: Final = 384
"""Sixteen days of a monitor of an hour."""


class DriftedSince(msgspec.Struct, frozen=True, kw_only=True):
    """The first of the reports, one after another, in which a column had drifted.

    ``found_at`` is when the monitor ran, ``window`` what it looked at; ``at_least`` where older reports, which were not
    read, may have it too.
    """

    found_at: datetime
    window: tuple[datetime, datetime] | None
    at_least: bool = False


def drifted_since(stores: ModelStores, report: MonitoringReport) -> dict[str, DriftedSince]:
    """Since when each drifted column of a report has, without a report in between where it had not.

    Of a window that somebody asked for that is not known: others were compared with who was champion then.
    """
    scheduled = report.drift if report.occasion != "asked" else None
    open_columns = set(scheduled.drifted if scheduled else ())
    found = {name: DriftedSince(found_at=report.ran_at, window=report.window) for name in open_columns}
    if not open_columns:
        return found
    before = [each for each in stored_reports(stores.lake, stores.model) if each.ran_at < report.ran_at]
    newest = before[::-1][:_MOST]
    for start in range(0, len(newest), _AT_ONCE):
        for older in read_reports(stores.lake, newest[start : start + _AT_ONCE]):
            _look(older, open_columns, found)
        if not open_columns:
            return found
    if len(before) > _MOST:
        found |= {name: msgspec.structs.replace(found[name], at_least=True) for name in open_columns}
    return found


def _look(older: MonitoringReport, open_columns: set[str], found: dict[str, DriftedSince]) -> None:
    """Takes a report before the others into account; one that somebody asked for says nothing."""
    if older.occasion == "asked" or older.drift is None:
        return
    for column in older.drift.columns:
        if column.column not in open_columns:
            continue
        if column.drifted:
            found[column.column] = DriftedSince(found_at=older.ran_at, window=older.window)
        else:
            open_columns.discard(column.column)
