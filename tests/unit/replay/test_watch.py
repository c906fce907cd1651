from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from replay.watch import TookTooLong, Watch

_WAIT = {"StartAt": "Bake", "States": {"Bake": {"Type": "Wait", "Seconds": 60, "End": True}}}


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield boto3.client("stepfunctions", region_name="eu-central-1")


@pytest.fixture
def machine(states: Any) -> str:
    role = "arn:aws:iam::123456789012:role/states"
    made = states.create_state_machine(name="training", definition=json.dumps(_WAIT), roleArn=role)
    return str(made["stateMachineArn"])


@pytest.fixture
def watch(states: Any, machine: str) -> Watch:
    place = SimpleNamespace(client=lambda _service: states)
    deployment: Any = SimpleNamespace(place=place, model=lambda _name: {"StateMachine": machine})
    return Watch(deployment, "flight_delay")


def wait_in_vain(watch: Watch) -> str:
    with pytest.raises(TookTooLong) as said:
        watch.until("the release", lambda: None, timeout_s=0)
    return str(said.value)


def test_a_wait_in_vain_says_what_did_not_happen_and_that_nothing_is_under_way(watch: Watch) -> None:
    said = wait_in_vain(watch)
    assert said.startswith("the release did not happen within 0 s; no execution is under way; ")
    assert "keepfit runs" in said


def test_a_wait_in_vain_says_where_each_execution_stands(watch: Watch, states: Any, machine: str) -> None:
    states.start_execution(stateMachineArn=machine, name="slow")
    states.stop_execution(
        executionArn=states.start_execution(stateMachineArn=machine, name="ended")["executionArn"]
    )
    said = wait_in_vain(watch)
    assert "under way: slow at " in said
    assert "ExecutionStarted" in said
    assert "ended" not in said


def test_what_happens_in_time_is_handed_out(watch: Watch) -> None:
    answers = iter([None, None, 7])
    assert watch.until("the third look", lambda: next(answers)) == 7
