"""A search that several tasks measure is bounded: in its history, its payload, and in what a lost worker costs."""

from __future__ import annotations

import json

import pytest

from infra.training.state_machine.search_states import search_states
from keepfit.training.runs.execution_limits import MAX_EVENTS
from keepfit.training.search_definition import MAX_TRIALS, MAX_WORKERS, SearchDefinition
from tests.infra.assembly import Json
from tests.infra.test_execution_limits import events

_MAX_PAYLOAD = 256 * 1024


@pytest.fixture(scope="module")
def largest() -> Json:
    search = SearchDefinition(trials=MAX_TRIALS, workers=MAX_WORKERS)
    return search_states(search, {"Cluster": "c"}, next_state="TrainCandidate")


def round_of(states: Json) -> Json:
    state: Json = states["Search"]["ItemProcessor"]["States"]["Round"]
    return state


def test_rounds_follow_one_another_each_in_an_execution_of_its_own(largest: Json) -> None:
    assert largest["Search"]["MaxConcurrency"] == 1
    assert largest["Search"]["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    of_each_worker = sum(
        events(state, retried=True) for state in round_of(largest)["ItemProcessor"]["States"].values()
    )
    assert MAX_WORKERS * (2 + of_each_worker) < MAX_EVENTS / 2


def test_what_is_passed_on_does_not_grow_with_what_is_found(largest: Json) -> None:
    planned = largest["PlanRounds"]["Parameters"]
    assert planned["workers"] == list(range(MAX_WORKERS))
    assert planned["rounds"] == list(range(1, len(planned["rounds"]) + 1))
    assert len(json.dumps(planned)) < _MAX_PAYLOAD / 100
    for state in (largest["Search"], round_of(largest)):
        assert state["ResultSelector"] == {"done": True}


def test_a_worker_that_fails_ends_nothing_but_itself_and_no_search_the_candidate(largest: Json) -> None:
    workers = round_of(largest)["ItemProcessor"]["States"]
    [caught] = workers["MeasureTrials"]["Catch"]
    assert caught["ErrorEquals"] == ["States.ALL"]
    assert workers[caught["Next"]] == {"Type": "Pass", "End": True}
    assert largest["Search"]["ToleratedFailurePercentage"] == 100
    assert [each["Next"] for each in largest["Search"]["Catch"]] == ["TrainCandidate"]
    assert largest["Search"]["Next"] == "TrainCandidate"
