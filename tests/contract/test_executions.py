"""The contract of Executions."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.states_executions import StatesExecutions
from keepfit.adapters.memory.training import MemoryExecutions
from keepfit.training.runs.ports import Executions

Start = Callable[[], str]
Stop = Callable[[str], None]


@pytest.fixture(params=["memory", "stepfunctions"])
def machine(request: pytest.FixtureRequest) -> tuple[Executions, Start, Stop]:
    if request.param == "memory":
        memory = MemoryExecutions()

        def begin() -> str:
            memory.alive.add("arn:1")
            return "arn:1"

        return memory, begin, memory.alive.discard
    request.getfixturevalue("aws")
    states = client("stepfunctions")
    waiting = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    arn = states.create_state_machine(
        name="m", definition=json.dumps(waiting), roleArn="arn:aws:iam::123456789012:role/r"
    )["stateMachineArn"]
    return (
        StatesExecutions(),
        lambda: str(states.start_execution(stateMachineArn=arn)["executionArn"]),
        lambda execution: states.stop_execution(executionArn=execution),
    )


def test_an_execution_runs_until_it_is_stopped(machine: tuple[Executions, Start, Stop]) -> None:
    executions, start, stop = machine
    arn = start()
    assert executions.running(arn)
    stop(arn)
    assert not executions.running(arn)


def test_an_execution_that_does_not_exist_is_not_running(machine: tuple[Executions, Start, Stop]) -> None:
    executions, _, _ = machine
    assert not executions.running("arn:aws:states:us-east-1:123456789012:execution:m:never")
