"""Live performance: collected predictions of a window against what came true of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import msgspec

from keepfit.instants import Duration
from keepfit.monitoring.outcomes.counts import ToldOutcomes
from keepfit.monitoring.outcomes.definition import OutcomesDefinition
from keepfit.monitoring.outcomes.estimates_by_period import estimates_by_period
from keepfit.monitoring.outcomes.measure import AnsweringVersion, measure
from keepfit.monitoring.outcomes.pairs import Joined, Question
from keepfit.monitoring.outcomes.ports import OutcomePairs
from keepfit.monitoring.outcomes.report import PerformanceReport, VersionPerformance, honesty_of
from keepfit.monitoring.outcomes.request import PerformanceRequest
from keepfit.monitoring.ports import Metrics
from keepfit.monitoring.profiles.ports import Predictions
from keepfit.monitoring.profiles.window import WindowColumns
from keepfit.registry.champion import Champion


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePerformance:
    """Measures one model.

    Args:
        model: its name.
        dataset: that holds its outcomes; empty where nobody tells any.
        definition: when outcomes are expected, and how many are enough.
        window: how far the window reaches back, where nobody says otherwise.
        metric: that judges the model.
        pairs: predictions joined with outcomes.
        predictions: all of them, of which performance is estimated.
        version_of: what is known of a version that answered.
        newest_event: of the collected predictions, where the window ends; None before the first.
        champion: who serves; None before the first release.
        metrics: where the champion's value is published.
        clock: the present.
    """

    model: str
    dataset: str
    definition: OutcomesDefinition
    window: Duration
    metric: str
    pairs: OutcomePairs
    predictions: Predictions
    version_of: Callable[[int], AnsweringVersion]
    newest_event: Callable[[], datetime | None]
    champion: Callable[[], Champion | None]
    metrics: Metrics
    clock: Callable[[], datetime]

    def report(self, request: PerformanceRequest, *, everywhere: bool = True) -> PerformanceReport:
        """The performance of every version that answered in the window; see ``Question.everywhere``.

        Not ``everywhere``, all predictions are not estimated either, but for those with an outcome.
        """
        now, end = self.clock(), self.newest_event()
        as_of, champion = request.as_of or now, self.champion()
        window = None if end is None else (end - (request.window or self.window).delta, end)
        joined = Joined(told=ToldOutcomes(), counts=[], pairs=[], dataset_version=None)
        within, versions = self.definition.expected_within, list[VersionPerformance]()
        if window is not None:
            question = Question(
                start=window[0],
                end=window[1],
                as_of=as_of,
                by=request.by,
                expected_within=None if within is None else within.delta,
                everywhere=everywhere,
            )
            joined = self.pairs.join(question)
            versions = self._measured(joined, question)
        return PerformanceReport(
            model=self.model,
            ran_at=now,
            window=window,
            as_of=as_of,
            by=request.by,
            metric=self.metric,
            dataset=self.dataset,
            dataset_version=joined.dataset_version,
            told=joined.told,
            versions=versions,
            champion=champion.version if champion else None,
            expected_within=None if within is None else str(within),
            honesty=honesty_of(versions),
        )

    def _measured(self, joined: Joined, question: Question) -> list[VersionPerformance]:
        """Measures each version in each period on outcomes, and estimates it on all predictions."""
        least, version_of = self.definition.minimum_rows, cache(self.version_of)
        found = measure(joined, version_of, metric=self.metric, minimum_rows=least)
        known = {each.version: version_of(each.version).estimator for each in found}
        estimators = {version: each for version, each in known.items() if each is not None}
        wanted = WindowColumns(
            inputs={},
            outputs={},
            times=question.by is not None,
            answers=max((each.width for each in estimators.values()), default=0),
        )
        reads = estimators and question.everywhere
        parts = self.predictions.between(question.start, question.end, wanted) if reads else ()
        estimates = estimates_by_period(
            parts, estimators, by=question.by, metric=self.metric, minimum_rows=least
        )
        return [
            msgspec.structs.replace(each, estimated=estimates.get((each.period, each.version)))
            for each in found
        ]

    def publish(self) -> PerformanceReport | None:
        """Measures the newest window, and publishes how well the champion did, where that could be measured.

        None where no outcome was ever told.
        """
        if not self.pairs.is_told():
            return None
        # Who looks for the others reads every prediction that is kept, which is not for each turn.
        report = self.report(PerformanceRequest(), everywhere=False)
        found = report.of(report.champion)
        if found is not None and found.value is not None:
            self.metrics.performance(found.value)
        return report
