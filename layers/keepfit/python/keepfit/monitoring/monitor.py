"""The monitor: collects predictions, compares them with the reference, reports and alarms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import msgspec

from keepfit.events import ALARM_STANDING, Events
from keepfit.instants import to_iso
from keepfit.monitoring import metrics
from keepfit.monitoring.collection import Collection
from keepfit.monitoring.decay import DecayWatch
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.registry import statistic_of
from keepfit.monitoring.drift.segments import compare_segments
from keepfit.monitoring.drift_rule import decision_of
from keepfit.monitoring.estimation.estimate import EstimatedPerformance
from keepfit.monitoring.estimation.estimate_answers import estimated
from keepfit.monitoring.outcomes.performance import LivePerformance
from keepfit.monitoring.outcomes.report import PerformanceReport
from keepfit.monitoring.ports import Alarms, Metrics
from keepfit.monitoring.prediction_log.progress import Progress
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.profiles.window import Window, columns_to_read, count_window
from keepfit.monitoring.reports.report import (
    METHOD,
    Collected,
    MonitoringReport,
    SegmentsDrift,
    read_report,
    report_key,
)
from keepfit.monitoring.reports.run_result import Outcome
from keepfit.monitoring.request import MonitorRequest
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.champion import Champion


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """Monitors one model.

    ``champion`` says who serves, None before the first release; ``reference`` gives a version's profile, proven.
    ``live`` measures how well it does, None where no outcomes are told; ``metric`` is what it is judged by, None for
    the default of its task. ``decay`` is for alarms on that, None without any.
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

    def run(self, request: MonitorRequest) -> Outcome:
        """Collects, compares, reports, and publishes the metrics.

        The heartbeat comes last and only here: a run that raises is a monitor that is silent.
        """
        # What the last report found stands too: a point that CloudWatch lost would else never be heard of again.
        standing_since = self.alarms.standing_since(self.alarm) or self._drifting_since()
        decayed_before = self.decay.standing() if self.decay else {}
        collected = self.collection.collect()
        report = self._report(request, collected, standing_since)
        key = report_key(report)
        self.reports.put(key, msgspec.json.encode(report))
        if report.occasion != "asked":  # what is looked at in the past is not how the model does now
            self.collection.progress.merge(Progress(last_report=key))
        sent = self._tell(report)
        performance = self.live.publish() if self.live and report.occasion != "asked" else None
        repeated = self._tell_decay(report, performance, decayed_before)
        self.metrics.heartbeat()
        return Outcome(report=report, key=key, alarm_standing_sent=sent or repeated, performance=performance)

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
            metrics.DECAY: measured and measured.decay,
            metrics.ESTIMATED_DECAY: report.estimated and report.estimated.decay,
        }
        return self.decay.publish(found, standing, repeats=report.occasion == "watch")

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
            method=" ".join([*(statistic_of(name).method for name in self.definition.measured), METHOD]),
        )
        champion = self.champion()
        if champion is None:
            return msgspec.structs.replace(report, nothing_compared="no model is released yet")
        report = msgspec.structs.replace(report, champion=champion.version)
        if report.window is None:
            return msgspec.structs.replace(report, nothing_compared="no prediction was collected yet")
        return self._compared(report, report.window, champion.version)

    def _newest_window(self) -> tuple[datetime, datetime] | None:
        end = self.collection.progress.load().newest_event
        return None if end is None else (end - self.definition.window.delta, end)

    def _compared(
        self, report: MonitoringReport, window: tuple[datetime, datetime], champion: int
    ) -> MonitoringReport:
        collected = self.collection.batches.within(*window)
        expired = collected - self.collection.predictions.batches()
        if expired:
            says = (
                f"{len(expired)} of {len(collected)} batches of this window's requests have expired, and what is left "
                f"may not be like the whole: see keep of [model.{self.model}]"
            )
            return msgspec.structs.replace(report, nothing_compared=says)
        reference = self.reference(champion)
        counted = self._count(window, reference, champion)
        reference = reference.like(counted.phases, counted.own_phases)
        decision = decision_of(self.definition, reference)
        drift = compare(reference, counted.profile, decision, statistics=self.definition.measured)
        drift = msgspec.structs.replace(drift, segments=self._segments(reference, counted))
        nothing = None
        if drift.worst is None:
            nothing = f"{drift.rows} rows in the window, at least {report.minimum_rows} are needed"
        if reference.season is not None:
            says = f"The reference is training data of the same phases of the {reference.season.season} as the window."
            report = msgspec.structs.replace(report, method=f"{report.method} {says}")
        return msgspec.structs.replace(
            report,
            rows_by_version=counted.rows_by_version,
            drift=drift,
            estimated=self._estimated(reference, counted),
            nothing_compared=nothing,
        )

    def _estimated(self, reference: ReferenceProfile, counted: Window) -> EstimatedPerformance:
        return estimated(
            reference.estimator,
            counted.answers,
            metric=self.metric,
            minimum_rows=self.definition.minimum_rows,
        )

    def _segments(self, reference: ReferenceProfile, counted: Window) -> SegmentsDrift | None:
        """The drift of the champion's segments; None where it has none."""
        if reference.segments is None:
            return None
        return compare_segments(
            reference.segments,
            counted.segments,
            reference.bins,
            limit=self.definition.segment_threshold,
            ignore=self.definition.ignore,
        )

    def _count(self, window: tuple[datetime, datetime], reference: ReferenceProfile, champion: int) -> Window:
        @cache
        def columns(version: int) -> frozenset[str]:
            return frozenset((reference if version == champion else self.reference(version)).columns)

        parts = self.collection.predictions.between(*window, columns_to_read(reference))
        return count_window(
            parts, reference, champion=champion, has_column=lambda version, name: name in columns(version)
        )

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
