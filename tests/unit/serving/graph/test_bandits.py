"""A bandit finds the best arm by outcomes, and its states are what these outcomes make of them."""

from __future__ import annotations

import math
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepfit.errors import InvalidDefinition, TamperedArtifact
from keepfit.serving.graph.bandits.arms import Arm, Outcome, counted
from keepfit.serving.graph.bandits.registry import MODULES, policy_of
from keepfit.serving.graph.bandits.state import BanditState, begin, learn, replay, verify

ARMS = ("own", "forest", "linear")
outcomes = st.dictionaries(
    st.text("0123456789abcdef", min_size=4, max_size=8),
    st.builds(Outcome, st.sampled_from((*ARMS, "gone")), st.floats(0, 1)),
    max_size=12,
)


def world(
    state: BanditState, worth: dict[str, float], requests: int, drawn: random.Random
) -> dict[str, Outcome]:
    """Outcomes of requests that were parted by the state's shares."""
    chosen = drawn.choices(list(state.shares), list(state.shares.values()), k=requests)
    return {
        f"{state.turn}-{n}": Outcome(arm, float(drawn.random() < worth[arm])) for n, arm in enumerate(chosen)
    }


@pytest.mark.parametrize("policy", MODULES)
def test_the_best_arm_gets_most_requests_and_each_other_some(policy: str) -> None:
    drawn, worth = random.Random(5), {"own": 0.4, "forest": 0.6, "linear": 0.5}
    state = begin(policy, ARMS, explore=0.1, seed=1)
    for _ in range(20):
        state = learn(state, world(state, worth, 200, drawn))
    assert state.shares["forest"] > 0.8
    assert min(state.shares.values()) >= 0.1 / len(ARMS)


@pytest.mark.parametrize("policy", MODULES)
def test_a_world_that_changed_is_found_out(policy: str) -> None:
    drawn = random.Random(5)
    state = begin(policy, ("a", "b"), explore=0.2, seed=1)
    for turn in range(60):
        state = learn(state, world(state, {"a": 0.7 if turn < 10 else 0.1, "b": 0.5}, 200, drawn))
    assert state.shares["b"] > 0.5


@pytest.mark.parametrize("policy", MODULES)
def test_thompson_is_unsure_of_few_outcomes_and_greed_is_not(policy: str) -> None:
    arms = {"a": Arm(trials=3, rewards=2_000_000), "b": Arm(trials=3, rewards=1_000_000)}
    share = policy_of(policy)(arms, explore=0.1, seed=0)["a"]
    assert share == pytest.approx(0.95) if policy == "epsilon_greedy" else 0.55 < share < 0.85


@settings(max_examples=20)
@given(st.sampled_from(sorted(MODULES)), st.integers(0, 9), st.lists(outcomes, max_size=4))
def test_a_state_is_replayed_to_the_same_arms_and_shares(
    policy: str, seed: int, turns: list[dict[str, Outcome]]
) -> None:
    first = begin(policy, ARMS, explore=0.1, seed=seed)
    states = replay(first, turns)
    verify(states, turns)
    written = [msgspec.json.decode(msgspec.json.encode(each), type=BanditState) for each in states]
    verify(written, turns)
    for state in states:
        assert math.isclose(sum(state.shares.values()), 1)
        assert all(share > 0 for share in state.shares.values())
    known = sum(outcome.node in ARMS for turn in turns for outcome in turn.values())
    assert sum(arm.trials for arm in states[-1].arms.values()) == known


@settings(max_examples=20)
@given(outcomes)
def test_no_order_of_outcomes_matters(turn: dict[str, Outcome]) -> None:
    first = begin("thompson", ARMS, explore=0.1, seed=0)
    assert learn(first, turn) == learn(first, dict(reversed(turn.items())))


def test_what_was_changed_afterwards_is_found_by_its_turn() -> None:
    turns = [{"a1": Outcome("own", 1.0)}, {"a2": Outcome("forest", 0.0)}]
    states = replay(begin("thompson", ARMS, explore=0.1, seed=0), turns)
    better = msgspec.structs.replace(states[1], arms={**states[1].arms, "own": Arm(trials=1)})
    with pytest.raises(TamperedArtifact, match="the state of turn 1"):
        verify([states[0], better, states[2]], turns)
    with pytest.raises(TamperedArtifact, match="the outcomes of turn 2"):
        verify(states, [turns[0], {"a2": Outcome("forest", 1.0)}])
    with pytest.raises(TamperedArtifact, match="2 states cannot come of 2 turns"):
        verify(states[:2], turns)


@pytest.mark.parametrize("reward", [-0.1, 1.5, float("nan"), float("inf")])
def test_a_reward_that_is_none_is_refused(reward: float) -> None:
    with pytest.raises(InvalidDefinition, match="a reward is between 0 and 1"):
        counted({"own": Arm()}, [Outcome("own", reward)])


@pytest.mark.parametrize(
    ("policy", "arms", "explore", "says"),
    [
        ("ucb", ARMS, 0.1, "there is no bandit policy 'ucb'; there are epsilon_greedy, thompson"),
        ("thompson", ("own",), 0.1, "among two nodes at least"),
        ("thompson", ("own", "own"), 0.1, "each named once"),
        ("thompson", ARMS, 0.0, "must be above 0"),
    ],
)
def test_a_bandit_that_could_learn_nothing_is_refused(
    policy: str, arms: tuple[str, ...], explore: float, says: str
) -> None:
    with pytest.raises(InvalidDefinition, match=says):
        begin(policy, arms, explore=explore, seed=0)
