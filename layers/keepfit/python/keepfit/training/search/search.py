"""Searches for a candidate's best parameters: rounds of trials, and the winner of those on all rows.

No label of the holdout is read here: rows that validate choose.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from keepfit.evaluation.metrics.base import Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.wishes import Wishes
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.registry import recipe_of
from keepfit.training.recipes.search_space import SearchSpace
from keepfit.training.search.engine import Proposal, SearchPlan
from keepfit.training.search.measuring import Measuring, with_parameters
from keepfit.training.search.record import SearchRecord, SearchTrial, ranked
from keepfit.training.search.registry import engine_of
from keepfit.training.search_definition import SearchDefinition, space_of
from keepfit.training.trials.fit_candidate import effective_parameters
from keepfit.training.trials.validation import Folds, Validation

_TIMES_AS_SLOW: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """The outcome of a search.

    Args:
        candidate: with the parameters of the best trial.
        validation: its answers to the rows that validate; None where no trial gave any.
        record: every trial.
    """

    candidate: CandidateDefinition
    validation: Validation | None
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
        """Runs all rounds; ``tell`` hears of each."""
        measuring = Measuring(
            candidate=self.candidate,
            folds=self.folds,
            metric=self.metric,
            wishes=self.wishes,
            seed=self.seed,
        )
        started = time.perf_counter()
        trials, cut_short = self._rounds(measuring, started, tell)
        best = next(iter(ranked(trials, greater_is_better=self.metric.greater_is_better)), None)
        record = SearchRecord(
            candidate=self.name,
            engine=self.definition.engine,
            metric=self.metric.name,
            greater_is_better=self.metric.greater_is_better,
            planned=self.trials,
            seconds=round(time.perf_counter() - started, 3),
            ended_by="minutes" if cut_short else "trials",
            best=None if best is None else best.number,
            trials=trials,
        )
        return Searched(
            candidate=self.candidate if best is None else with_parameters(self.candidate, best.parameters),
            validation=None if measuring.best is None else measuring.best[1],
            record=record,
        )

    def _rounds(
        self, measuring: Measuring, started: float, tell: Callable[[str], None]
    ) -> tuple[list[SearchTrial], bool]:
        """All trials in order of number, and whether minutes cut them short."""
        engine, plan, seconds = engine_of(self.definition.engine), self.plan, self.definition.minutes * 60
        trials: dict[int, SearchTrial] = {}
        number, last = 0, False
        while proposals := engine.propose(plan, list(trials.values()), last=last):
            if not last and number and time.perf_counter() - started > seconds:
                last = True
                continue
            number += 1
            for proposal in proposals:
                trial = trials.get(proposal.number) or _begun(proposal)
                limit = _limit(trials, proposal, seconds / plan.trials)
                trials[proposal.number] = measuring.measure(trial, proposal, number=number, limit=limit)
            tell(_round_line(number, proposals, trials, self.metric.name))
        return [_with_reason(trial) for trial in trials.values()], last


def _begun(proposal: Proposal) -> SearchTrial:
    return SearchTrial(number=proposal.number, parameters=dict(proposal.parameters))


def _limit(trials: Mapping[int, SearchTrial], proposal: Proposal, share: float) -> float | None:
    """How long a trial may take: its share of the time, or many times as long as the candidate as it is.

    That one has no limit: without a search it would be fitted, too.
    """
    if proposal.number == 0:
        return None
    own = trials[0].measurements if 0 in trials else []
    return max([share, *(_TIMES_AS_SLOW * each.seconds for each in own if each.share == proposal.share)])


def _with_reason(trial: SearchTrial) -> SearchTrial:
    """The trial with why it was not measured on all rows, where it was not."""
    if trial.is_over or trial.value() is not None:
        return trial
    rows = trial.measurements[-1].rows
    reason = f"others were better by fits to {rows} rows"
    return msgspec.structs.replace(trial, outcome="cut", reason=reason)


def _round_line(
    number: int, proposals: Sequence[Proposal], trials: Mapping[int, SearchTrial], metric: str
) -> str:
    measured = [trials[proposal.number] for proposal in proposals]
    values: list[Any] = [
        trial.measurements[-1].value for trial in measured if trial.measurements and not trial.is_over
    ]
    span = f"{metric} {min(values):.4f} to {max(values):.4f}" if values else "no value"
    failed = sum(trial.is_over for trial in measured)
    failures = f", {failed} failed" if failed else ""
    share = proposals[0].share
    return f"search round {number}: {len(proposals)} trials on {share:.0%} of the rows, {span}{failures}"
