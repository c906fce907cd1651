"""The fan-out of a run's training: its candidates, and the rounds of their searches for workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.training.definition import CandidateDefinition
from keepfit.training.search.round_sizes import planned_rounds
from keepfit.training.search_definition import SearchDefinition, share_of_trials
from keepfit.training.searched import searched_candidates


class PlannedRound(msgspec.Struct, frozen=True, kw_only=True):
    """A round, from 1, and the workers, from 0, that it has a trial for."""

    round: int
    workers: list[int]


class PlannedCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate to train, after rounds that others measure; without any, it measures its search itself."""

    name: str
    rounds: list[PlannedRound]


def fan_out(
    names: Sequence[str],
    candidates: Mapping[str, CandidateDefinition],
    search: SearchDefinition | None,
    *,
    estimator: Estimator,
    rows: int,
) -> list[dict[str, Any]]:
    """Each of a run's candidates, ``names``, with its rounds, as the state machine takes them."""
    searched = searched_candidates(candidates, estimator, rows)
    planned = []
    for name in names:
        rounds = list[PlannedRound]()
        if search is not None and search.workers > 1 and name in searched:
            trials = share_of_trials(search.trials, len(searched), searched.index(name))
            sizes = planned_rounds(search.engine, trials, rows)
            rounds = [
                PlannedRound(round=number, workers=list(range(min(search.workers, size))))
                for number, size in enumerate(sizes, start=1)
            ]
        planned.append(PlannedCandidate(name=name, rounds=rounds))
    return [msgspec.to_builtins(each) for each in planned]
