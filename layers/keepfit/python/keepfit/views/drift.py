"""The view of drift: the reports of a model's monitor."""

from __future__ import annotations

import msgspec

from keepfit.monitoring.reports.report import MonitoringReport, read_report
from keepfit.views.stores import ModelStores


class Drift(MonitoringReport, frozen=True, kw_only=True):
    """A report with its overall result, which follows from its columns.

    ``worst_drift`` is the drift score of ``worst_input``; both are None where no input could be judged.
    """

    worst_drift: float | None
    worst_input: str | None
    drifted: list[str]


def read_drift(stores: ModelStores, key: str | None = None) -> Drift | None:
    """Reads a report of the monitor: the last one, or that under ``key``.

    None before the first run. Raises NotFound where there is nothing under ``key``.
    """
    key = key or stores.progress.load().last_report
    return None if key is None else with_verdict(read_report(stores.lake.get(key)))


def with_verdict(report: MonitoringReport) -> Drift:
    """``report`` with its overall result."""
    worst = report.drift.worst if report.drift else None
    return Drift(
        **msgspec.structs.asdict(report),
        worst_drift=worst.drift_score if worst else None,
        worst_input=worst.column if worst else None,
        drifted=report.drift.drifted if report.drift else [],
    )
