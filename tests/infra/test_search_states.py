"""A search by several workers is bounded: its history, its payload, the cost of a lost worker."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from infra.training.state_machine.search_states import search_states
from infra.training.state_machine.training_image import ImageStep
from keepfit.training.runs.execution_limits import MAX_EVENTS
from keepfit.training.search_definition import MAX_WORKERS
from planning.templates import Json
from tests.infra.test_execution_limits import events


@pytest.fixture(scope="module")
def found() -> Json:
    task: Json = {"Cluster": "c"}
    function: Any = SimpleNamespace(function_arn="arn:aws:lambda:::function:f")
    step = ImageStep(task=task, spot=task, function=function, event={}, on="$.on")
    return search_states(step, next_state="TrainCandidate")


def round_of(states: Json) -> Json:
    state: Json = states["Search"]["ItemProcessor"]["States"]["Round"]
    return state


def test_rounds_follow_one_another_each_in_an_execution_of_its_own(found: Json) -> None:
    assert found["Search"]["MaxConcurrency"] == 1
    assert found["Search"]["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    of_each_worker = sum(
        events(state, retried=True) for state in round_of(found)["ItemProcessor"]["States"].values()
    )
    assert MAX_WORKERS * (2 + of_each_worker) < 0.9 * MAX_EVENTS


def test_a_candidate_without_rounds_is_trained_at_once(found: Json) -> None:
    [rounds] = found["Searches?"]["Choices"]
    assert rounds == {"Variable": "$.rounds[0]", "IsPresent": True, "Next": "Search"}
    assert found["Searches?"]["Default"] == "TrainCandidate"


def test_what_is_passed_on_does_not_grow_with_what_is_found(found: Json) -> None:
    for state in (found["Search"], round_of(found)):
        assert state["ResultSelector"] == {"done": True}


def test_a_worker_that_fails_ends_nothing_but_itself_and_no_search_the_candidate(found: Json) -> None:
    workers = round_of(found)["ItemProcessor"]["States"]
    [caught] = workers["MeasureTrials"]["Catch"]
    assert caught["ErrorEquals"] == ["States.ALL"]
    assert workers[caught["Next"]] == {"Type": "Pass", "End": True}
    assert found["Search"]["ToleratedFailurePercentage"] == 100
    assert [each["Next"] for each in found["Search"]["Catch"]] == ["TrainCandidate"]
    assert found["Search"]["Next"] == "TrainCandidate"
