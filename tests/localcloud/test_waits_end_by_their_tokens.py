from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.loop import Loop, wait_for


def waiting_machine(loop: Loop, payload: dict[str, Any]) -> str:
    """A machine that waits for whoever was given its token, a minute at most."""
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": loop["Probe"], "Payload": payload},
        "TimeoutSeconds": 60,
        "End": True,
    }
    return loop.define(f"waits-{uuid.uuid4().hex[:8]}", {"StartAt": "Wait", "States": {"Wait": state}})


@pytest.fixture
def waits(loop: Loop) -> Iterator[tuple[str, str, str]]:
    """A machine, an execution of it that waits, and its token, which the function has written down."""
    states, table = loop.client("stepfunctions"), loop.client("dynamodb")

    def written() -> set[str]:
        return {item["pk"]["S"] for item in table.scan(TableName=loop["Table"])["Items"]}

    known = written()
    machine = waiting_machine(loop, {"count.$": "$$.Task.Token"})
    execution = loop.start(machine, {})
    token = wait_for(lambda: next(iter(written() - known), None))
    assert states.describe_execution(executionArn=execution)["status"] == "RUNNING"
    yield machine, execution, token
    if states.describe_execution(executionArn=execution)["status"] == "RUNNING":
        states.stop_execution(executionArn=execution)


def test_who_may_end_waits_of_a_machine_ends_them(
    loop: Loop, waits: tuple[str, str, str], someone_who_may: Callable[..., Any]
) -> None:
    machine, execution, token = waits
    client = someone_who_may("states:SendTaskSuccess", machine)("stepfunctions")
    client.send_task_success(taskToken=token, output=json.dumps({"by": "ada"}))
    ended = loop.ended(execution)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"by": "ada"})


def test_who_may_end_those_of_another_machine_does_not(
    loop: Loop, waits: tuple[str, str, str], someone_who_may: Callable[..., Any]
) -> None:
    machine, execution, token = waits
    client = someone_who_may("states:SendTaskFailure", f"{machine}-other")("stepfunctions")
    with pytest.raises(ClientError, match="not authorized to perform: states:SendTaskFailure"):
        client.send_task_failure(taskToken=token, error="Refused", cause="no")
    running = loop.client("stepfunctions").describe_execution(executionArn=execution)
    assert running["status"] == "RUNNING"


def test_a_wait_of_which_nobody_was_told_fails_as_its_function_did(loop: Loop) -> None:
    execution = loop.start(waiting_machine(loop, {"raise": "Quarantined", "message": "no"}), {})
    ended = loop.ended(execution, seconds=30)
    assert (ended["status"], ended["error"]) == ("FAILED", "Quarantined")
