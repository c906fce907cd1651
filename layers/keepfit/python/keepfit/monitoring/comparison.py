"""The comparison of a window with the champion's reference: drift, and the performance to be expected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import msgspec

from keepfit.monitoring.collection import Collection
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.drift import all_inputs
from keepfit.monitoring.drift.all_inputs import ALL_INPUTS, compare_all_inputs
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.registry import statistic_of
from keepfit.monitoring.drift.segments import compare_segments
from keepfit.monitoring.drift_rule import decision_of
from keepfit.monitoring.estimation.estimate import EstimatedPerformance
from keepfit.monitoring.estimation.estimate_answers import estimated
from keepfit.monitoring.prediction_log.batches import Stretch, within
from keepfit.monitoring.profiles.hours.hourly_profiles import HourlyProfiles
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.profiles.window import Window
from keepfit.monitoring.reports.report import (
    METHOD,
    DriftReport,
    MonitoringReport,
    SegmentsDrift,
    with_column,
)
from keepfit.monitoring.window_counting import WindowCounting


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Compares windows of one model; see ``monitor.Monitor``."""

    model: str
    definition: MonitoringDefinition
    collection: Collection
    hourly: HourlyProfiles
    reference: Callable[[int], ReferenceProfile]
    metric: str | None

    @property
    def method(self) -> str:
        """How windows are compared, for a report, in whole sentences."""
        together = [] if self.definition.domain_classifier_threshold is None else [all_inputs.METHOD]
        measured = (statistic_of(name).method for name in self.definition.measured)
        return " ".join([*measured, *together, METHOD])

    def compared(
        self, report: MonitoringReport, window: tuple[datetime, datetime], champion: int
    ) -> MonitoringReport:
        """The report with what was compared of its window, or why nothing was."""
        noted = self.collection.batches.between(*window)
        collected = within(noted, *window)
        expired = collected - self.collection.predictions.batches()
        if expired:
            says = (
                f"{len(expired)} of {len(collected)} batches of this window's requests have expired, and what is left "
                f"may not be like the whole: see keep of [model.{self.model}]"
            )
            return msgspec.structs.replace(report, nothing_compared=says)
        reference = self.reference(champion)
        counted = self._count(window, noted, reference, champion)
        reference = reference.like(counted.phases, counted.own_phases)
        decision = decision_of(self.definition, reference)
        drift = compare(reference, counted.profile, decision, statistics=self.definition.measured)
        drift = msgspec.structs.replace(drift, segments=self._segments(reference, counted))
        drift = self._with_all_inputs(drift, reference, counted)
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

    def _with_all_inputs(
        self, drift: DriftReport, reference: ReferenceProfile, counted: Window
    ) -> DriftReport:
        """The drift of all inputs together, where the definition has a threshold for it."""
        threshold = self.definition.domain_classifier_threshold
        if threshold is None:
            return drift
        found = compare_all_inputs(
            reference,
            counted.sample,
            threshold=threshold,
            limit=drift.threshold,
            minimum_rows=self.definition.minimum_rows,
        )
        return with_column(drift, ALL_INPUTS, found)

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

    def _count(
        self,
        window: tuple[datetime, datetime],
        noted: list[Stretch],
        reference: ReferenceProfile,
        champion: int,
    ) -> Window:
        @cache
        def columns(version: int) -> frozenset[str]:
            return frozenset((reference if version == champion else self.reference(version)).columns)

        counting = WindowCounting(
            predictions=self.collection.predictions,
            hourly=self.hourly,
            reference=reference,
            champion=champion,
            has_column=lambda version, name: name in columns(version),
        )
        return counting.count(window, noted)
