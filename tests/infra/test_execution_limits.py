"""The state machine stays within the history, payload and lifetime of an execution."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from infra.training.state_machine.state_parameters import LONG_TIMEOUT_S, TASK_TIMEOUT_S
from infra.training.state_machine.training_image import SPOT_ATTEMPTS, ImageStep, run_image_step
from keepfit.training.runs import execution_limits
from keepfit.training.runs.rate_limit import TRAINING
from planning.templates import Json, Template

# Scheduled, started and failed are the events of one attempt; runTask.sync also tells that it was submitted.
_OF_AN_ATTEMPT = {"Lambda": 3, "runTask": 4}
_LOOK = ("Bake", "EvaluateCanary", "Verdict?")


@pytest.fixture(scope="module")
def state_machine(model: Template) -> Json:
    return model.state_machine()


def events(state: Json, *, retried: bool) -> int:
    """Of entering a state, leaving it, and what it does in between."""
    attempts = 1 + sum(retry["MaxAttempts"] for retry in state.get("Retry", []) if retried)
    if state["Type"] == "Parallel":  # started and failed at each attempt, beside what its branches did
        inside = [each for branch in state["Branches"] for each in branch["States"].values()]
        return 2 + attempts * (2 + sum(events(each, retried=retried) for each in inside))
    if state["Type"] != "Task":
        return 2
    return 2 + attempts * _OF_AN_ATTEMPT["runTask" if "runTask" in str(state["Resource"]) else "Lambda"]


def test_one_look_at_a_canary_has_as_many_events_as_are_counted_for_it(state_machine: Json) -> None:
    assert state_machine["States"]["Verdict?"]["Default"] == "Bake"
    found = sum(events(state_machine["States"][name], retried=False) for name in _LOOK)
    assert found == execution_limits.EVENTS_OF_A_LOOK


def test_a_candidate_whose_every_attempt_fails_has_no_more_events_than_are_counted_for_it(
    state_machine: Json,
) -> None:
    of_an_iteration, of_a_search = 2, 10
    found = state_machine["States"]["Train"]["ItemProcessor"]["States"]
    task: Json = {"Cluster": "c"}
    function: Any = SimpleNamespace(function_arn="arn:aws:lambda:::function:f")
    anywhere = ImageStep(task=task, spot=task, function=function, event={}, on="$.on")
    states = {**found, "TrainCandidate": run_image_step("TrainCandidate", anywhere, catch=[])}.values()
    worst = of_an_iteration + of_a_search + sum(events(state, retried=True) for state in states)
    assert worst <= execution_limits.EVENTS_OF_A_CANDIDATE


def test_all_other_states_together_have_no_more_events_than_are_counted_for_them(state_machine: Json) -> None:
    others = [state for name, state in state_machine["States"].items() if name not in _LOOK]
    worst = sum(events(state, retried=True) for state in others)
    assert worst <= execution_limits.EVENTS_OF_ALL_ELSE


def test_the_most_looks_that_a_definition_may_ask_for_fit_into_the_history() -> None:
    for candidates in range(1, execution_limits.MAX_CANDIDATES + 1):
        events_of_all = (
            execution_limits.most_looks(candidates) * execution_limits.EVENTS_OF_A_LOOK
            + candidates * execution_limits.EVENTS_OF_A_CANDIDATE
            + execution_limits.EVENTS_OF_ALL_ELSE
        )
        assert 0.88 * execution_limits.MAX_EVENTS < events_of_all < execution_limits.MAX_EVENTS


def test_as_many_candidates_as_a_definition_may_name_are_tried_in_the_time_of_a_training(
    state_machine: Json,
) -> None:
    train = state_machine["States"]["Train"]
    # The longest way of a candidate: Lambda gives up, spot is interrupted again and again, and then on demand.
    longest = LONG_TIMEOUT_S + (SPOT_ATTEMPTS + 1) * TASK_TIMEOUT_S
    rounds = -(-execution_limits.MAX_CANDIDATES // train["MaxConcurrency"])
    assert rounds * longest < TRAINING.seconds
