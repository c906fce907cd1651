"""The outcome of a monitor's run: its report, and what the function answers."""

from __future__ import annotations

from typing import Any

import msgspec

from keepfit.instants import to_iso
from keepfit.monitoring.estimation.estimate import EstimatedPerformance
from keepfit.monitoring.outcomes.gain import NotMeasured
from keepfit.monitoring.outcomes.report import PerformanceReport
from keepfit.monitoring.reports.report import MonitoringReport
from keepfit.registry.gain import LaterGain


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A report, the key it is stored under, and whether "Alarm Standing" was sent.

    ``performance`` is None where the model has no outcomes, or nobody watches the present; ``gain`` unless it was
    measured now.
    """

    report: MonitoringReport
    key: str
    alarm_standing_sent: bool
    performance: PerformanceReport | None = None
    gain: LaterGain | NotMeasured | None = None

    def summary(self) -> dict[str, Any]:
        """The function's result: the drift of each column, without the bins."""
        drift = self.report.drift
        worst = drift.worst if drift else None
        return {
            "model": self.report.model,
            "occasion": self.report.occasion,
            "champion": self.report.champion,
            "window": self.report.window and [to_iso(instant) for instant in self.report.window],
            "rows": drift.rows if drift else 0,
            "worst_drift": worst.drift_score if worst else None,
            "worst_input": worst.column if worst else None,
            "drifted": drift.drifted if drift else [],
            "drifted_segments": drift.segments.drifted if drift and drift.segments else [],
            "threshold": self.report.threshold,
            "nothing_compared": self.report.nothing_compared,
            "collected": msgspec.to_builtins(self.report.collected),
            "alarm_standing_sent": self.alarm_standing_sent,
            "report": self.key,
            "performance": self.performance and _summary(self.performance),
            "gain": msgspec.to_builtins(self.gain),
            "estimated": self.report.estimated and _estimated(self.report.estimated),
        }


def _summary(report: PerformanceReport) -> dict[str, Any]:
    found = report.of(report.champion)
    return {
        "metric": report.metric,
        "value": found and found.value,
        "note": found and found.note,
        "outcomes": found.outcomes if found else 0,
    }


def _estimated(found: EstimatedPerformance) -> dict[str, Any]:
    return {
        "metric": found.metric,
        "value": found.estimate and found.estimate.value,
        "interval": found.estimate and list(found.estimate.interval),
        "judged": found.judged,
        "rows": found.rows,
        "note": found.note,
    }
