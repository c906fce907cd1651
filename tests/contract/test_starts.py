"""The contract of Starts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.states_executions import StatesExecutions
from keepfit.adapters.memory.training import MemoryStarts
from keepfit.errors import NotFound
from keepfit.training.runs.ports import Starts

_ELSEWHERE = "arn:aws:states:us-east-1:123456789012:stateMachine:gone"
_EVENT: dict[str, Any] = {"id": "1", "detail": {"dataset": "flights"}}


@pytest.fixture(params=["memory", "stepfunctions"])
def starts(request: pytest.FixtureRequest) -> tuple[Starts, str]:
    if request.param == "memory":
        return MemoryStarts(machines={"arn:m"}), "arn:m"
    request.getfixturevalue("aws")
    waiting = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    machine = client("stepfunctions").create_state_machine(
        name="m", definition=json.dumps(waiting), roleArn="arn:aws:iam::123456789012:role/r"
    )["stateMachineArn"]
    return StatesExecutions(), machine


def test_a_name_starts_one_execution(starts: tuple[Starts, str]) -> None:
    store, machine = starts
    assert store.start(machine, "1", _EVENT)
    assert not store.start(machine, "1", {**_EVENT, "told": "otherwise"})
    assert store.start(machine, "2", _EVENT)


def test_a_machine_that_is_not_there_cannot_be_started(starts: tuple[Starts, str]) -> None:
    store, _ = starts
    with pytest.raises(NotFound):
        store.start(_ELSEWHERE, "1", _EVENT)


def test_an_execution_is_told_the_event_as_it_came(aws: None) -> None:
    machine = client("stepfunctions").create_state_machine(
        name="m",
        definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::123456789012:role/r",
    )["stateMachineArn"]
    StatesExecutions().start(machine, "1", _EVENT)
    [execution] = client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    assert execution["name"] == "1"
    told = client("stepfunctions").describe_execution(executionArn=execution["executionArn"])["input"]
    assert json.loads(told) == _EVENT
