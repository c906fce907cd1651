"""The function that brings events to models, as EventBridge calls it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.training.runs.model_subscription import Subscription
from tests.functions.conftest import Load

_ROLE = "arn:aws:iam::123456789012:role/states"
_DEFINITION = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
_NEWS = {
    "id": "5c9b0a3e-0000-4000-8000-000000000001",
    "source": "keepfit",
    "detail-type": "Dataset Updated",
    "time": "2013-01-01T00:00:00Z",
    "detail": {"dataset": "flights", "version": 3},
}


def deploy(model: str, *datasets: str) -> str:
    """The machine and the subscription of a model's stack."""
    machine = client("stepfunctions").create_state_machine(
        name=f"keepfit-{model}", definition=_DEFINITION, roleArn=_ROLE
    )["stateMachineArn"]
    said = Subscription(
        model=model,
        datasets=list(datasets),
        drift_alarm=f"keepfit-{model}-drift",
        machine=machine,
        move_alias=f"keepfit-{model}-move-alias",
        close_run=f"keepfit-{model}-close-run",
    )
    value = json.dumps(msgspec.to_builtins(said))
    client("ssm").put_parameter(Name=f"/keepfit/models/{model}", Value=value, Type="String")
    return str(machine)


def inputs(machine: str) -> list[dict[str, Any]]:
    states = client("stepfunctions")
    found = states.list_executions(stateMachineArn=machine)["executions"]
    return [json.loads(states.describe_execution(executionArn=e["executionArn"])["input"]) for e in found]


@pytest.fixture
def platform(training_stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPFIT_SUBSCRIPTIONS", "/keepfit/models")


@pytest.mark.usefixtures("platform")
def test_a_hundred_deliveries_start_one_execution_of_each_model_that_reads_the_dataset(
    load: Load, context: SimpleNamespace
) -> None:
    both = [deploy("delay", "flights"), deploy("lateness", "flights", "weather")]
    other = deploy("rain", "weather")
    handler = load("dispatch_event/handler").handler
    for _ in range(100):
        handler(dict(_NEWS), context)
    assert [inputs(machine) for machine in both] == [[_NEWS], [_NEWS]]
    assert inputs(other) == []


@pytest.mark.usefixtures("platform")
def test_a_stack_that_is_being_destroyed_leaves_its_reason_and_the_others_are_started(
    load: Load, context: SimpleNamespace
) -> None:
    gone, there = deploy("a_gone", "flights"), deploy("delay", "flights")
    client("stepfunctions").delete_state_machine(stateMachineArn=gone)
    answer = load("dispatch_event/handler").handler(dict(_NEWS), context)
    assert [(each["model"], each["outcome"]) for each in answer["done"]] == [
        ("a_gone", "gone"),
        ("delay", "started"),
    ]
    assert gone in answer["done"][0]["reason"]
    assert inputs(there) == [_NEWS]


@pytest.mark.usefixtures("platform")
def test_an_event_for_a_model_that_is_not_deployed_leaves_a_reason(
    load: Load, context: SimpleNamespace
) -> None:
    asked = {**_NEWS, "detail-type": "Retraining Requested", "detail": {"model": "gone", "trigger": {}}}
    answer = load("dispatch_event/handler").handler(asked, context)
    assert answer == {
        "event": _NEWS["id"],
        "done": [],
        "reason": "no model that is deployed listens to it",
    }
