"""Searches for a candidate's best parameters: rounds of trials, and the winner of those on all rows.

No label of the holdout is read here: rows that validate choose.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from keepfit.evaluation.metrics.base import Metric
from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.registry import recipe_of
from keepfit.training.recipes.search_space import SearchSpace
from keepfit.training.search.engine import Proposal, SearchPlan
from keepfit.training.search.measuring import Measuring, with_parameters
from keepfit.training.search.record import SearchRecord, SearchTrial, ranked
from keepfit.training.search.registry import engine_of
from keepfit.training.search.rounds import Measured, Round, RoundResult, run_rounds
from keepfit.training.search_definition import SearchDefinition, space_of
from keepfit.training.trials.fit_candidate import effective_parameters
from keepfit.training.trials.validation import Folds, Validation

_TIMES_AS_SLOW: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """The outcome of a search.

    Args:
        candidate: with the parameters of the best trial.
        validation: its answers to the rows that validate; None where no trial gave any here.
        own: likewise, of the candidate as it is defined.
        record: every trial.
    """

    candidate: CandidateDefinition
    validation: Validation | None
    own: Validation | None = None
    record: SearchRecord


def search_space(candidate: CandidateDefinition, task: TrainingTask) -> SearchSpace:
    """What is tried of a candidate: its own space, or its recipe's without the parameters that it sets."""
    if candidate.search is not None:
        return space_of(candidate.search)
    space = recipe_of(candidate.algorithm).search(task)
    return {name: each for name, each in space.items() if name not in candidate.parameters}


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The search of one candidate's space for what validates best.

    The same data, definition and seed give the same winner, unless minutes ended the search.

    Args:
        name: the candidate's.
        candidate: as it is defined.
        folds: of the training set.
        definition: of the search.
        trials: how many of its trials are this candidate's.
        metric: what decides.
        wishes: what the definition says of answers.
        seed: of every draw.
    """

    name: str
    candidate: CandidateDefinition
    folds: Folds
    definition: SearchDefinition
    trials: int
    metric: Metric
    wishes: Wishes
    seed: int

    @property
    def plan(self) -> SearchPlan:
        """What its engine draws from."""
        task = self.folds.task
        return SearchPlan(
            space=search_space(self.candidate, task),
            defined=effective_parameters(self.candidate, task, self.folds.rows),
            trials=self.trials,
            rows=self.folds.rows,
            greater_is_better=self.metric.greater_is_better,
            seed=self.seed,
        )

    def run(self, tell: Callable[[str], None]) -> Searched:
        """Measures all rounds here; ``tell`` hears of each."""
        measuring = self.measuring()

        def measured(current: Round) -> RoundResult:
            started = time.perf_counter()
            trials = list(self._measured(current, measuring))
            tell(round_line(current, trials, self.metric.name))
            return RoundResult(trials=trials, seconds=time.perf_counter() - started)

        return self.searched(measured, measuring)

    def searched(self, measured: Measured, measuring: Measuring | None = None) -> Searched:
        """The winner of rounds that are ``measured`` here or were elsewhere."""
        trials, seconds, ended_by = run_rounds(
            engine_of(self.definition.engine), self.plan, minutes=self.definition.minutes, measured=measured
        )
        best = next(iter(ranked(trials, greater_is_better=self.metric.greater_is_better)), None)
        record = SearchRecord(
            candidate=self.name,
            engine=self.definition.engine,
            metric=self.metric.name,
            greater_is_better=self.metric.greater_is_better,
            planned=self.trials,
            seconds=round(seconds, 3),
            ended_by=ended_by,
            best=None if best is None else best.number,
            trials=trials,
        )
        return Searched(
            candidate=self.candidate if best is None else with_parameters(self.candidate, best.parameters),
            validation=None if measuring is None or best is None else measuring.answers(best.number),
            own=None if measuring is None else measuring.answers(0),
            record=record,
        )

    def measuring(self) -> Measuring:
        """What measures its trials."""
        return Measuring(
            candidate=self.candidate,
            folds=self.folds,
            metric=self.metric,
            wishes=self.wishes,
            seed=self.seed,
        )

    def _measured(self, current: Round, measuring: Measuring) -> Iterator[SearchTrial]:
        own = current.trials.get(0)
        for proposal in current.proposals:
            trial = self.measure(current, proposal, measuring, own=own)
            own = trial if trial.number == 0 else own
            yield trial

    def measure(
        self, current: Round, proposal: Proposal, measuring: Measuring, *, own: SearchTrial | None
    ) -> SearchTrial:
        """Measures a trial of a round; ``own`` is trial 0, if known, which bounds the time of others."""
        limit = None if proposal.number == 0 else self._limit(own, proposal.share)
        return measuring.measure(current.trial(proposal), proposal, number=current.number, limit=limit)

    def _limit(self, own: SearchTrial | None, share: float) -> float | None:
        """How long a trial may take: its share of the time, or many times as long as the candidate as it is.

        That one has no limit, since without a search it would be fitted, too; nor has any before it is known.
        """
        if own is None or not (own.is_over or own.value(share) is not None):
            return None
        seconds = [_TIMES_AS_SLOW * each.seconds for each in own.measurements if each.share == share]
        return max([self.definition.minutes * 60 / self.trials, *seconds])


def round_line(current: Round, trials: Sequence[SearchTrial], metric: str) -> str:
    """What came of a round, in a line."""
    values = [trial.measurements[-1].value for trial in trials if not trial.is_over]
    span = f"{metric} {min(values):.4f} to {max(values):.4f}" if values else "no value"
    failed = sum(trial.is_over for trial in trials)
    failures = f", {failed} failed" if failed else ""
    share = current.proposals[0].share
    return f"search round {current.number}: {len(trials)} trials on {share:.0%} of the rows, {span}{failures}"
