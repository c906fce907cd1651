from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keepfit.instants import to_iso
from tests.localcloud.loop import Loop, wait_for


def machine(loop: Loop, states: dict[str, Any], **more: Any) -> str:
    definition = {"StartAt": next(iter(states)), "States": states, **more}
    return loop.define(f"obeys-{uuid.uuid4().hex[:8]}", definition)


def asking(loop: Loop, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A state that invokes the probe function through the optimized integration."""
    parameters = {"FunctionName": loop["Probe"], "Payload": payload}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": parameters,
        "End": True,
        **more,
    }


def run(
    loop: Loop, states: dict[str, Any], document: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    return loop.ended(loop.start(machine(loop, states, **more), document or {}))


def test_the_whole_loop_retries_maps_catches_reads_waits_and_chooses(loop: Loop) -> None:
    key = uuid.uuid4().hex
    items = [{"n": 1}, {"raise": "Quarantined"}, {"n": 3}]
    started = time.monotonic()
    ended = loop.ended(loop.start("LoopMachine", {"key": key, "fail_first": 2, "items": items, "wait": 1}))
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert output["counted"]["attempts"] == 3
    assert [sorted(answer) for answer in output["answers"]] == [["answer"], ["lost"], ["answer"]]
    assert output["answers"][1] == {"lost": "Quarantined"}
    assert output["row"]["Item"]["n"] == {"N": "3"}
    assert time.monotonic() - started >= 3
    history = loop.client("stepfunctions").get_execution_history(
        executionArn=ended["executionArn"], maxResults=1000
    )
    entered = [
        e["stateEnteredEventDetails"]["name"] for e in history["events"] if "stateEnteredEventDetails" in e
    ]
    assert entered[-1] == "Retried"


def test_a_wait_until_an_instant_lasts_until_then(loop: Loop) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    states = {
        "Early?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.until", "IsString": True, "Next": "Wait"}],
            "Default": "Never",
        },
        "Wait": {"Type": "Wait", "TimestampPath": "$.until", "Next": "Done"},
        "Done": {"Type": "Pass", "Parameters": {"came.$": "$$.Execution.Input"}, "End": True},
        "Never": {"Type": "Fail", "Error": "Never"},
    }
    waited = run(loop, states, {"until": to_iso(until)})
    assert json.loads(waited["output"]) == {"came": {"until": to_iso(until)}}
    assert waited["stopDate"] >= until
    assert run(loop, states, {"until": None})["error"] == "Never"


def test_a_custom_exception_is_caught_by_its_name(loop: Loop) -> None:
    catch = [{"ErrorEquals": ["Quarantined"], "Next": "Caught", "ResultPath": "$.error"}]
    ended = run(
        loop,
        {
            "Ask": asking(loop, {"raise": "Quarantined", "message": "why"}, Catch=catch),
            "Caught": {"Type": "Pass", "End": True},
        },
    )
    error = json.loads(ended["output"])["error"]
    assert error["Error"] == "Quarantined"
    assert json.loads(error["Cause"])["errorMessage"] == "why"


def test_an_import_failure_and_a_function_timeout_have_the_names_that_aws_gives_them(loop: Loop) -> None:
    broken = asking(loop, {})
    broken["Parameters"]["FunctionName"] = loop["Broken"]
    assert run(loop, {"Ask": broken})["error"] == "Runtime.ImportModuleError"
    slow = asking(loop, {"sleep": 30})
    slow["Parameters"]["FunctionName"] = loop["Small"]
    assert run(loop, {"Ask": slow})["error"] == "Sandbox.Timedout"


def test_a_state_that_takes_longer_than_it_may_fails_with_its_own_error(loop: Loop) -> None:
    started = time.monotonic()
    assert run(loop, {"Ask": asking(loop, {"sleep": 15}, TimeoutSeconds=1)})["error"] == "States.Timeout"
    assert time.monotonic() - started < 10


def test_a_time_limit_may_be_selected_by_a_path(loop: Loop) -> None:
    state = asking(loop, {"sleep": 15}, TimeoutSecondsPath="$.limits.state")
    assert run(loop, {"Ask": state}, {"limits": {"state": 1}})["error"] == "States.Timeout"


def test_a_time_limit_may_be_a_jsonata_expression(loop: Loop) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": loop["Probe"], "Payload": {"sleep": 15}},
        "TimeoutSeconds": "{% $states.input.limit * 1 %}",
        "End": True,
    }
    assert run(loop, {"Ask": state}, {"limit": 1}, QueryLanguage="JSONata")["error"] == "States.Timeout"


def test_jsonata_states_pass_values_and_variables_on(loop: Loop) -> None:
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": loop["Probe"], "Payload": {"n": "{% $states.input.n + 1 %}"}},
        "Assign": {"seen": "{% $states.result.Payload.event.n %}"},
        "Next": "Choose",
    }
    choose = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $seen = 8 %}", "Next": "Done"}],
        "Default": "Wrong",
    }
    states = {
        "Ask": ask,
        "Choose": choose,
        "Wrong": {"Type": "Fail"},
        "Done": {"Type": "Succeed", "Output": {"seen": "{% $seen %}"}},
    }
    ended = run(loop, states, {"n": 7}, QueryLanguage="JSONata")
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"]) == {"seen": 8}


def test_a_state_machine_has_a_time_limit_of_its_own(loop: Loop) -> None:
    ended = run(loop, {"Breathe": {"Type": "Wait", "Seconds": 60, "End": True}}, TimeoutSeconds=1)
    assert ended["status"] == "TIMED_OUT"


def test_an_execution_that_was_stopped_goes_no_further(loop: Loop) -> None:
    key = uuid.uuid4().hex
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": {
            "StartAt": "Breathe",
            "States": {
                "Breathe": {"Type": "Wait", "Seconds": 2, "Next": "Ask"},
                "Ask": asking(loop, {"count": key}),
            },
        },
        "End": True,
    }
    execution = loop.start(machine(loop, {"Each": each}), {"items": [1, 2]})
    time.sleep(0.7)
    loop.client("stepfunctions").stop_execution(executionArn=execution, cause="enough")
    time.sleep(2.5)
    row = loop.client("dynamodb").get_item(
        TableName=loop["Table"], Key={"pk": {"S": key}, "sk": {"S": "count"}}
    )
    assert "Item" not in row
    assert loop.ended(execution)["status"] == "ABORTED"


def test_a_state_may_not_pass_more_on_than_aws_lets_it(loop: Loop) -> None:
    assert run(loop, {"Ask": asking(loop, {"large": 200_000})})["status"] == "SUCCEEDED"
    assert run(loop, {"Ask": asking(loop, {"large": 300_000})})["error"] == "States.DataLimitExceeded"


def test_a_distributed_map_tolerates_as_many_failures_as_it_says(loop: Loop) -> None:
    def mapped(tolerated: int) -> dict[str, Any]:
        ask = asking(loop, {})
        ask["Parameters"] = {"FunctionName": loop["Probe"], "Payload.$": "$"}
        processor = {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Ask",
            "States": {"Ask": ask},
        }
        return {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": processor,
            "ToleratedFailureCount": tolerated,
            "End": True,
        }

    items = {"items": [{"n": 1}, {"raise": "Quarantined"}]}
    assert run(loop, {"Each": mapped(1)}, items)["status"] == "SUCCEEDED"
    assert run(loop, {"Each": mapped(0)}, items)["error"] == "States.ExceedToleratedFailureThreshold"


def test_a_task_token_is_waited_for(loop: Loop) -> None:
    key = uuid.uuid4().hex
    queue = loop.client("sqs").create_queue(QueueName=f"tokens-{key[:6]}")["QueueUrl"]
    body = {"token.$": "$$.Task.Token"}
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody": body},
        "TimeoutSeconds": 30,
        "End": True,
    }
    execution = loop.start(machine(loop, {"Ask": state}), {})
    message = wait_for(lambda: loop.client("sqs").receive_message(QueueUrl=queue).get("Messages"))[0]
    token = json.loads(message["Body"])["token"]
    loop.client("stepfunctions").send_task_success(taskToken=token, output='{"approved": true}')
    assert json.loads(loop.ended(execution)["output"]) == {"approved": True}


def test_executions_are_counted(loop: Loop) -> None:
    arn = machine(loop, {"Fails": {"Type": "Fail", "Error": "As", "Cause": "asked"}})
    loop.ended(loop.start(arn, {}))

    def counted() -> set[str]:
        found = loop.client("cloudwatch").list_metrics(
            Namespace="AWS/States", Dimensions=[{"Name": "StateMachineArn", "Value": arn}]
        )
        return {metric["MetricName"] for metric in found["Metrics"]}

    assert wait_for(lambda: {"ExecutionsStarted", "ExecutionsFailed"} <= counted())


def test_a_start_that_is_repeated_while_it_runs_is_answered_as_before(loop: Loop) -> None:
    states = loop.client("stepfunctions")
    arn = machine(loop, {"Breathe": {"Type": "Wait", "Seconds": 2, "End": True}})
    first = states.start_execution(stateMachineArn=arn, name="once", input='{"a": 1}')
    again = states.start_execution(stateMachineArn=arn, name="once", input='{"a": 1}')
    assert again["executionArn"] == first["executionArn"]
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=arn, name="once", input='{"a": 2}')
    loop.ended(first["executionArn"])
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=arn, name="once", input='{"a": 1}')


def test_what_happens_to_an_execution_is_in_its_machines_log(loop: Loop) -> None:
    execution = loop.train(run="logged", exit="3")
    loop.ended(execution)
    group = loop["MachineLogGroup"]
    lines = [json.loads(line) for line in loop.log_messages(group, f'{{ $.execution_arn = "{execution}" }}')]
    kinds = [line["type"] for line in lines]
    assert kinds[0] == "TaskStateEntered"
    assert "TaskFailed" in kinds
    assert kinds[-1] == "ExecutionSucceeded"
