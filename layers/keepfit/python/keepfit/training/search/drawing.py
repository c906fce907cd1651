"""Draws parameters by Optuna, from what trials have measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from keepfit.training.recipes.search_space import Choice, Distribution, Whole
from keepfit.training.search.engine import SearchPlan
from keepfit.training.search.record import SearchTrial

Method = Literal["random", "tpe"]
_SEEDS = 2**32


def draw(
    plan: SearchPlan, history: Sequence[SearchTrial], count: int, *, method: Method
) -> list[dict[str, Any]]:
    """Parameters of ``count`` trials that follow ``history``; the same for the same arguments."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = {name: _distribution(each) for name, each in plan.space.items()}
    study = optuna.create_study(
        direction="maximize" if plan.greater_is_better else "minimize",
        sampler=_sampler(method, (plan.seed + len(history)) % _SEEDS),
    )
    for trial in history:
        given = {**plan.defined, **trial.parameters}
        value = trial.value()
        if value is not None and _within(given, space):
            parameters = {name: given[name] for name in space}
            study.add_trial(optuna.create_trial(params=parameters, distributions=space, value=value))
    return [dict(study.ask(space).params) for _ in range(count)]


def _sampler(method: Method, seed: int) -> optuna.samplers.BaseSampler:
    if method == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    # Trials of a round are drawn before any of them is measured: each counts as a bad one for those that follow.
    return optuna.samplers.TPESampler(seed=seed, constant_liar=True)


def _within(given: dict[str, Any], space: dict[str, BaseDistribution]) -> bool:
    """Whether a trial can teach the sampler anything: the candidate itself may lie outside."""
    return all(name in given and _contains(each, given[name]) for name, each in space.items())


def _contains(distribution: BaseDistribution, value: Any) -> bool:
    try:
        return bool(distribution._contains(distribution.to_internal_repr(value)))  # noqa: SLF001 -- Optuna has no other
    except (TypeError, ValueError):
        return False


def _distribution(given: Distribution) -> BaseDistribution:
    if isinstance(given, Choice):
        return CategoricalDistribution(given.values)
    if isinstance(given, Whole):
        return IntDistribution(given.low, given.high, log=given.log)
    return FloatDistribution(given.low, given.high, log=given.log)
