"""The stored reports of a model's monitor, and reading many of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain
from typing import Final, NamedTuple

from keepfit.errors import NotFound
from keepfit.instants import from_iso
from keepfit.layout import ModelScope
from keepfit.monitoring.reports.report import MonitoringReport, read_report
from keepfit.registry.artifact_store import ArtifactStore

# What the names of reports begin with: the year of a window, or no window. Names of batches lie below the same prefix,
# many more of them, and are not listed.
_BEGINNINGS: Final = ("1", "2", "none_")
_AT_ONCE: Final = 16
_NO_WINDOW: Final = "none"
_SHORTEST: Final = timedelta(microseconds=1)


class StoredReport(NamedTuple):
    """The key of a report, and what it says."""

    key: str
    ran_at: datetime
    window: tuple[datetime, datetime] | None


def stored_reports(lake: ArtifactStore, model: str) -> list[StoredReport]:
    """Every stored report of the model, in the order in which the monitor ran."""
    prefix = ModelScope(model).reports
    with ThreadPoolExecutor(len(_BEGINNINGS)) as pool:
        listed = pool.map(lambda beginning: lake.list(prefix + beginning), _BEGINNINGS)
        found = [_stored(key) for key in chain.from_iterable(listed)]
    return sorted(found, key=lambda report: (report.ran_at, report.key))


def read_reports(lake: ArtifactStore, reports: Sequence[StoredReport]) -> list[MonitoringReport]:
    """Reads the reports, in the same order; leaves out those that have expired meanwhile."""

    def read(report: StoredReport) -> MonitoringReport | None:
        try:
            return read_report(lake.get(report.key))
        except NotFound:
            return None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [report for report in pool.map(read, reports) if report is not None]


def thinned(reports: Sequence[StoredReport], most: int) -> list[StoredReport]:
    """Up to ``most`` of the reports, of each of as many equal parts of their time the last one.

    Args:
        reports: in the order in which the monitor ran.
        most: how many are left at most.
    """
    if len(reports) <= most:
        return list(reports)
    start = reports[0].ran_at
    length = max(reports[-1].ran_at - start, _SHORTEST)
    last = {min((report.ran_at - start) * most // length, most - 1): report for report in reports}
    return [last[place] for place in sorted(last)]


def _stored(key: str) -> StoredReport:
    start, end, ran_at = key.rpartition("/")[2].removesuffix(".json").split("_")
    window = None if start == _NO_WINDOW else (from_iso(start), from_iso(end))
    return StoredReport(key, from_iso(ran_at), window)
