"""The monitor: collects predictions, compares them with the reference, reports and alarms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from keepfit.events import ALARM_STANDING, GAIN_MEASURED, Events
from keepfit.instants import to_iso
from keepfit.monitoring import metrics
from keepfit.monitoring.collection import Collection
from keepfit.monitoring.comparison import Comparison
from keepfit.monitoring.decay import DecayWatch
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.outcomes.gain import GainMeasurement, NotMeasured
from keepfit.monitoring.outcomes.performance import LivePerformance
from keepfit.monitoring.outcomes.report import PerformanceReport
from keepfit.monitoring.ports import Alarms, Metrics
from keepfit.monitoring.prediction_log.progress import Progress
from keepfit.monitoring.profiles.hours.hourly_profiles import HourlyProfiles
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.reports.report import (
    Collected,
    MonitoringReport,
    read_report,
    report_key,
)
from keepfit.monitoring.reports.run_result import Outcome
from keepfit.monitoring.request import MonitorRequest
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.champion import Champion
from keepfit.registry.gain import LaterGain


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """Monitors one model.

    ``champion`` says who serves, None before the first release; ``reference`` gives a version's profile, proven.
    ``live`` measures how well it does, None where no outcomes are told; ``metric`` is what it is judged by, None for
    the default of its task. ``decay`` is for alarms on that, and ``gain`` measures by how much better it does than the
    version before it; None without any, and where that cannot be.
    """

    model: str
    definition: MonitoringDefinition
    alarm: str
    collection: Collection
    champion: Callable[[], Champion | None]
    reference: Callable[[int], ReferenceProfile]
    reports: ArtifactStore
    metrics: Metrics
    alarms: Alarms
    events: Events
    clock: Callable[[], datetime]
    live: LivePerformance | None = None
    metric: str | None = None
    decay: DecayWatch | None = None
    gain: GainMeasurement | None = None

    def run(self, request: MonitorRequest) -> Outcome:
        """Collects, compares, reports, and publishes the metrics.

        The heartbeat comes here alone, after all that alarms rest on: a run that raises before is a silent monitor.
        """
        # What the last report found stands too: a point that CloudWatch lost would else never be heard of again.
        standing_since = self.alarms.standing_since(self.alarm) or self._drifting_since()
        decayed_before = self.decay.standing() if self.decay else {}
        collected = self.collection.collect()
        report = msgspec.structs.replace(
            self._report(request, collected, standing_since),
            decay_alarms=self.decay.named(decayed_before) if self.decay else {},
        )
        key = report_key(report)
        self.reports.put(key, msgspec.json.encode(report))
        if report.occasion != "asked":  # what is looked at in the past is not how the model does now
            self.collection.progress.merge(Progress(last_report=key))
        sent = self._tell(report)
        performance = self.live.publish() if self.live and report.occasion != "asked" else None
        repeated = self._tell_decay(report, performance, decayed_before)
        self.metrics.heartbeat()
        return Outcome(
            report=report,
            key=key,
            alarm_standing_sent=sent or repeated,
            performance=performance,
            gain=self._measure_gain(performance),
        )

    def _tell_decay(
        self,
        report: MonitoringReport,
        performance: PerformanceReport | None,
        standing: Mapping[str, datetime],
    ) -> bool:
        """Publishes the champion's decay; True where an alarm on it was sent again."""
        if self.decay is None or report.occasion == "asked":
            return False
        measured = performance.of(performance.champion) if performance else None
        found = {
            metrics.DECAY: measured.decay if measured else None,
            metrics.ESTIMATED_DECAY: report.estimated.decay if report.estimated else None,
        }
        return self.decay.publish(found, standing, repeats=report.occasion == "watch")

    def _measure_gain(self, performance: PerformanceReport | None) -> LaterGain | NotMeasured | None:
        """Measures the champion's gain once enough outcomes are known, and sends the event."""
        champion = performance.champion if performance else None
        if self.gain is None or performance is None or champion is None:
            return None
        found = performance.of(champion)
        enough = found is not None and found.outcomes >= self.gain.definition.gain_rows
        if not enough or self.collection.progress.load().gain_of >= champion:
            return None
        measured = self.gain.measure(champion)
        if isinstance(measured, LaterGain):
            self.events.put(GAIN_MEASURED, {"model": self.model, "gain": msgspec.to_builtins(measured)})
        if measured is not None:
            note = measured.note if isinstance(measured, NotMeasured) else None
            self.collection.progress.merge(Progress(gain_of=champion, gain_note=note))
        return measured

    def _drifting_since(self) -> datetime | None:
        key = self.collection.progress.load().last_report
        if key is None:
            return None
        last = read_report(self.reports.get(key))
        if last.drift is None or last.drift.worst is None:
            return last.alarm_standing_since
        return (last.alarm_standing_since or last.ran_at) if last.drift.drifted else None

    def _report(
        self, request: MonitorRequest, collected: Collected, standing_since: datetime | None
    ) -> MonitoringReport:
        report = MonitoringReport(
            model=self.model,
            ran_at=self.clock(),
            occasion=request.occasion,
            window=request.window or self._newest_window(),
            threshold=self.definition.alarm_threshold,
            minimum_rows=self.definition.minimum_rows,
            alarm=self.alarm,
            alarm_standing_since=standing_since,
            collected=collected,
            method=self._comparison.method,
        )
        champion = self.champion()
        if champion is None:
            return msgspec.structs.replace(report, nothing_compared="no model is released yet")
        report = msgspec.structs.replace(report, champion=champion.version)
        if report.window is None:
            return msgspec.structs.replace(report, nothing_compared="no prediction was collected yet")
        return self._comparison.compared(report, report.window, champion.version)

    @property
    def _comparison(self) -> Comparison:
        return Comparison(
            model=self.model,
            definition=self.definition,
            collection=self.collection,
            hourly=HourlyProfiles(files=self.reports, model=self.model),
            reference=self.reference,
            metric=self.metric,
        )

    def _newest_window(self) -> tuple[datetime, datetime] | None:
        end = self.collection.progress.load().newest_event
        return None if end is None else (end - self.definition.window.delta, end)

    def _tell(self, report: MonitoringReport) -> bool:
        """Publishes the result; True where "Alarm Standing" was sent for an alarm of before this run."""
        if report.occasion == "asked":
            return False
        drift = report.drift
        if drift is not None and drift.worst is not None:
            self.metrics.drift(worst_drift=drift.worst.drift_score, drifted_inputs=len(drift.drifted))
        if report.estimated is not None and report.estimated.estimate is not None:
            self.metrics.estimate(report.estimated.estimate.value)
        cleared = drift is not None and drift.worst is not None and not drift.drifted
        if report.occasion == "rebaseline" or report.alarm_standing_since is None or cleared:
            return False
        since = to_iso(report.alarm_standing_since)
        self.events.put(ALARM_STANDING, {"model": self.model, "alarm": self.alarm, "since": since})
        return True
