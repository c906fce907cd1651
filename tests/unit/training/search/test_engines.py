"""Engines draw a search's rounds from its history alone, within its space and its number of trials."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.training.recipes.search_space import Choice, Real, SearchSpace, Whole
from keepfit.training.search.engine import Engine, Proposal, SearchPlan
from keepfit.training.search.record import SearchTrial, ranked
from keepfit.training.search.registry import engine_of
from keepfit.training.search.round_sizes import MIN_SAMPLE_ROWS, planned_rounds, shares_of
from keepfit.training.search_definition import EngineName
from tests.drawn import examples
from tests.unit.training.support.searches import measurement

SPACE: SearchSpace = {
    "rate": Real(low=0.01, high=1.0, log=True),
    "depth": Whole(low=1, high=8),
    "kind": Choice(values=["a", "b"]),
}
ENGINES: tuple[EngineName, ...] = get_args(EngineName)
each_engine = pytest.mark.parametrize("name", ENGINES)


def plan_of(trials: int, *, rows: int = 40_000, seed: int = 0) -> SearchPlan:
    defined = {"rate": 0.1, "depth": 3, "kind": "a"}
    return SearchPlan(
        space=SPACE, defined=defined, trials=trials, rows=rows, greater_is_better=True, seed=seed
    )


def value_of(parameters: Mapping[str, Any], share: float = 1.0) -> float:
    """Best at rate 0.3, depth 6 and kind b; few rows shift it."""
    chosen = {"rate": 0.1, "depth": 3, "kind": "a", **parameters}
    off = (math.log10(chosen["rate"] / 0.3)) ** 2 + ((chosen["depth"] - 6) / 8) ** 2
    return -off - (chosen["kind"] == "a") + 0.1 * share * math.sin(50 * chosen["rate"])


def measured(trial: SearchTrial | None, proposal: Proposal) -> SearchTrial:
    trial = trial or SearchTrial(number=proposal.number, parameters=dict(proposal.parameters))
    if proposal.number % 11 == 7:
        return msgspec.structs.replace(trial, outcome="failed", reason="seven")
    value = value_of(proposal.parameters, proposal.share)
    once = measurement(value, share=proposal.share)
    return msgspec.structs.replace(trial, measurements=[*trial.measurements, once])


def one_by_one(round_: Sequence[Proposal]) -> list[Proposal]:
    return list(round_)


def searched(
    engine: Engine,
    plan: SearchPlan,
    order: Callable[[Sequence[Proposal]], Sequence[Proposal]] = one_by_one,
    *,
    last_after: int = 10_000,
) -> list[SearchTrial]:
    trials: dict[int, SearchTrial] = {}
    rounds = 0
    name = next(each for each in ENGINES if engine_of(each) is engine)
    planned = planned_rounds(name, plan.trials, plan.rows)
    while proposals := engine.propose(plan, [trials[n] for n in sorted(trials)], last=rounds >= last_after):
        rounds += 1
        assert len(proposals) <= planned[rounds - 1]
        done = {each.number: measured(trials.get(each.number), each) for each in order(proposals)}
        trials |= done
    return [trials[number] for number in sorted(trials)]


@examples(6)
@given(
    name=st.sampled_from(ENGINES),
    seed=st.integers(0, 2**32 - 1),
    workers=st.integers(2, 5),
    draw=st.randoms(),
)
def test_the_trials_and_the_winner_do_not_depend_on_who_measures_them(
    name: EngineName, seed: int, workers: int, draw: Random
) -> None:
    """Workers take turns at chunks of a round, and end in any order; the oracle is one that measures one by one."""

    def by_workers(round_: Sequence[Proposal]) -> list[Proposal]:
        chunks = [list(round_[worker::workers]) for worker in range(workers)]
        draw.shuffle(chunks)
        return [proposal for chunk in chunks for proposal in chunk]

    plan = plan_of(23, seed=seed)
    assert searched(engine_of(name), plan, by_workers) == searched(engine_of(name), plan)


@each_engine
@pytest.mark.parametrize("trials", [1, 2, 30])
def test_a_search_is_of_so_many_trials_within_its_space_and_first_of_the_candidate_itself(
    name: EngineName, trials: int
) -> None:
    history = searched(engine_of(name), plan_of(trials))
    assert [trial.number for trial in history] == list(range(min(trials, 19) if name == "grid" else trials))
    assert history[0].parameters == {}
    for trial in history[1:]:
        assert trial.parameters.keys() == SPACE.keys()
        assert 0.01 <= trial.parameters["rate"] <= 1
        assert trial.parameters["depth"] in range(1, 9)
        assert trial.parameters["kind"] in ("a", "b")


@each_engine
def test_the_winner_was_measured_on_all_rows_and_is_better_than_the_candidate_itself(
    name: EngineName,
) -> None:
    history = searched(engine_of(name), plan_of(40))
    best, own = ranked(history, greater_is_better=True)[0], history[0].value()
    assert own is not None
    assert (best.value() or -math.inf) > own


def test_halving_measures_a_third_on_more_rows_and_a_ninth_on_all() -> None:
    history = searched(engine_of("halving"), plan_of(40))
    counts = [sum(trial.value(share) is not None for trial in history) for share in (1 / 8, 1 / 3, 1.0)]
    # The candidate itself is among them in any case.
    assert counts[0] >= 36
    assert counts[1] in (13, 14)
    assert counts[2] in (4, 5)
    assert shares_of(3 * MIN_SAMPLE_ROWS - 1) == [1.0]


@each_engine
@pytest.mark.parametrize("rounds", [1, 3])
def test_a_search_without_time_left_still_has_a_winner_on_all_rows(name: EngineName, rounds: int) -> None:
    history = searched(engine_of(name), plan_of(40), last_after=rounds)
    assert len(history) == 5 * rounds
    assert len(ranked(history, greater_is_better=True)) >= 2
    assert history[0].value() is not None


def test_tpe_comes_closer_than_chance() -> None:
    """By halving on so few rows each trial is drawn at random, and measured on all."""
    values = {
        name: [
            max(
                trial.value() or -math.inf
                for trial in searched(engine_of(name), plan_of(40, rows=100, seed=s))
            )
            for s in range(3)
        ]
        for name in ("tpe", "halving")
    }
    assert sum(values["tpe"]) > sum(values["halving"])


def test_the_largest_seed_draws_like_any_other() -> None:
    plan = plan_of(12, seed=2**32 - 1)
    assert len(searched(engine_of("tpe"), plan)) == 12
