"""Successive halving: many trials on few rows, the best third of them on more, the best ninth on all.

Source: Jamieson and Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization (2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keepfit.training.search.drawing import draw
from keepfit.training.search.engine import Proposal, SearchPlan
from keepfit.training.search.record import SearchTrial, ranked
from keepfit.training.search.round_sizes import ALL_ROWS, shares_of, survivors


class Halving:
    """See ``engine.Engine``."""

    def propose(self, plan: SearchPlan, history: Sequence[SearchTrial], *, last: bool) -> list[Proposal]:
        shares = shares_of(plan.rows)
        if last:
            return _proposals(_finalists(plan, history, shares), ALL_ROWS)
        for place, share in enumerate(shares):
            entrants = _entrants(plan, history, shares, place)
            waiting = [trial for trial in entrants if trial.value(share) is None and not trial.is_over]
            if waiting:
                return _proposals(waiting[: plan.round_size], share)
        return []


def _entrants(
    plan: SearchPlan, history: Sequence[SearchTrial], shares: Sequence[float], place: int
) -> list[SearchTrial]:
    """The trials to measure with the share at ``place``, and trial 0: it is not to lose by its sample."""
    if place == 0:
        return [*history, *_drawn(plan, history)]
    before = ranked(history, greater_is_better=plan.greater_is_better, share=shares[place - 1])
    return _with_own(before[: survivors(plan.trials, place)], history)


def _finalists(
    plan: SearchPlan, history: Sequence[SearchTrial], shares: Sequence[float]
) -> list[SearchTrial]:
    """The best of those measured with most rows, where no trial of it is measured with all yet."""
    for share in reversed(shares):
        best = ranked(history, greater_is_better=plan.greater_is_better, share=share)[:1]
        if best:
            waiting = _with_own(best, history)
            return [trial for trial in waiting if trial.value() is None and not trial.is_over]
    return []


def _with_own(trials: Sequence[SearchTrial], history: Sequence[SearchTrial]) -> list[SearchTrial]:
    numbers = {trial.number for trial in trials} | {0}
    return [trial for trial in history if trial.number in numbers]


def _drawn(plan: SearchPlan, history: Sequence[SearchTrial]) -> list[SearchTrial]:
    """The trials of which nothing is known yet."""
    if len(history) >= plan.trials:
        return []
    # All are drawn by one seed, so that they do not depend on the size of rounds.
    parameters: list[dict[str, Any]] = [{}, *draw(plan, [], plan.trials - 1, method="random")]
    return [
        SearchTrial(number=number, parameters=given)
        for number, given in enumerate(parameters)
        if number >= len(history)
    ]


def _proposals(trials: Sequence[SearchTrial], share: float) -> list[Proposal]:
    return [Proposal(number=each.number, parameters=each.parameters, share=share) for each in trials]


ENGINE = Halving()
