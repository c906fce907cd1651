"""Live performance: collected predictions of a window against what came true of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keepfit.instants import Duration
from keepfit.monitoring.outcomes.counts import ToldOutcomes
from keepfit.monitoring.outcomes.definition import OutcomesDefinition
from keepfit.monitoring.outcomes.measure import AnsweringVersion, measure
from keepfit.monitoring.outcomes.pairs import Joined, Question
from keepfit.monitoring.outcomes.ports import OutcomePairs
from keepfit.monitoring.outcomes.report import PerformanceReport
from keepfit.monitoring.outcomes.request import PerformanceRequest
from keepfit.monitoring.ports import Metrics
from keepfit.registry.champion import Champion


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePerformance:
    """Measures one model.

    Args:
        model: its name.
        dataset: that holds its outcomes.
        definition: when outcomes are expected, and how many are enough.
        window: how far the window reaches back, where nobody says otherwise.
        metric: that judges the model.
        pairs: predictions joined with outcomes.
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
    version_of: Callable[[int], AnsweringVersion]
    newest_event: Callable[[], datetime | None]
    champion: Callable[[], Champion | None]
    metrics: Metrics
    clock: Callable[[], datetime]

    def report(self, request: PerformanceRequest, *, everywhere: bool = True) -> PerformanceReport:
        """The performance of every version that answered in the window; see ``Question.everywhere``."""
        now, end = self.clock(), self.newest_event()
        as_of, champion = request.as_of or now, self.champion()
        window = None if end is None else (end - (request.window or self.window).delta, end)
        joined = Joined(told=ToldOutcomes(), counts=[], pairs=[], dataset_version=None)
        expected = self.definition.expected_within
        if window is not None:
            question = Question(
                start=window[0],
                end=window[1],
                as_of=as_of,
                by=request.by,
                expected_within=None if expected is None else expected.delta,
                everywhere=everywhere,
            )
            joined = self.pairs.join(question)
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
            versions=measure(
                joined, self.version_of, metric=self.metric, minimum_rows=self.definition.minimum_rows
            ),
            champion=champion.version if champion else None,
            expected_within=None if expected is None else str(expected),
        )

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
