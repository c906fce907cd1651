from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.localcloud.loop import Loop, wait_for

_SCHEDULER = "scheduler.amazonaws.com"


@pytest.fixture
def role(loop: Loop) -> Iterator[str]:
    """The ARN of a role that Scheduler may assume and that is allowed nothing."""
    name = f"scheduling-{uuid.uuid4().hex[:8]}"
    statement = {"Effect": "Allow", "Principal": {"Service": _SCHEDULER}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = loop.client("iam")
    yield iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def allow(loop: Loop, role: str, action: str, resource: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    loop.client("iam").put_role_policy(
        RoleName=role.rsplit("/", 1)[-1], PolicyName=uuid.uuid4().hex, PolicyDocument=document
    )


def at_once(loop: Loop, role: str, target: str, asks: dict[str, Any], dead_letters: str | None = None) -> str:
    """The ARN of a schedule whose moment has passed, so that it acts at the scheduler's next look."""
    more = {"DeadLetterConfig": {"Arn": dead_letters}} if dead_letters else {}
    return str(
        loop.client("scheduler").create_schedule(
            Name=f"test-{uuid.uuid4().hex[:8]}",
            ScheduleExpression="at(2013-01-01T00:00:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": target, "RoleArn": role, "Input": json.dumps(asks), **more},
        )["ScheduleArn"]
    )


def test_a_schedule_asks_its_target_under_its_role_and_tells_it_the_time(loop: Loop, role: str) -> None:
    # The function's own policy admits no scheduler, which AWS does not ask for.
    found = loop.client("lambda").get_function(FunctionName=loop["Small"])["Configuration"]
    allow(loop, role, "lambda:InvokeFunction", found["FunctionArn"])
    marker = uuid.uuid4().hex
    said = (
        f"{marker} <aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.attempt-number>"
    )
    before = time.time()
    schedule = at_once(loop, role, found["FunctionArn"], {"print": [said]})
    group = found["LoggingConfig"]["LogGroup"]
    wait_for(lambda: loop.log_messages(group, f'"{marker}"'))
    _, arn, moment, attempt = loop.log_messages(group, f'"{marker}"')[0].split()
    assert (arn, attempt) == (schedule, "1")
    assert before - 1 <= datetime.fromisoformat(moment).timestamp() <= time.time()


def test_what_a_role_does_not_allow_goes_to_the_dead_letter_queue_under_the_same_role(
    loop: Loop, role: str
) -> None:
    found = loop.client("lambda").get_function(FunctionName=loop["Small"])["Configuration"]
    # This queue's own policy admits somebody else; Scheduler needs its role to be allowed.
    queue, queue_arn = loop.queue(f"missed-{uuid.uuid4().hex[:6]}", "events.amazonaws.com")
    allow(loop, role, "sqs:SendMessage", queue_arn)
    marker = uuid.uuid4().hex
    schedule = at_once(loop, role, found["FunctionArn"], {"print": [marker]}, queue_arn)
    received = wait_for(
        lambda: (
            loop.client("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"]).get("Messages")
        )
    )
    [letter] = received
    attributes = {name: said["StringValue"] for name, said in letter["MessageAttributes"].items()}
    assert json.loads(letter["Body"]) == {"print": [marker]}
    assert attributes["ERROR_CODE"] == "AccessDeniedException"
    assert (attributes["SCHEDULE_ARN"], attributes["TARGET_ARN"]) == (schedule, found["FunctionArn"])
    assert not loop.log_messages(found["LoggingConfig"]["LogGroup"], f'"{marker}"')


def deployed(loop: Loop, resources: dict[str, Any]) -> tuple[str, str]:
    """How creating a stack of these resources ended, and everything that its events say."""
    name = f"schedules-{uuid.uuid4().hex[:6]}"
    cloudformation = loop.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))

    def look() -> str | None:
        status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        return None if status.endswith("_IN_PROGRESS") else str(status)

    status = wait_for(look)
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    reasons = " ".join(event.get("ResourceStatusReason", "") for event in events)
    cloudformation.delete_stack(StackName=name)
    return status, reasons


def a_schedule(role: Any, group: Any) -> dict[str, Any]:
    target = {"Arn": "arn:aws:lambda:us-east-1:000000000000:function:f", "RoleArn": role}
    return {
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {
            "GroupName": group,
            "ScheduleExpression": "rate(1 hour)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": target,
        },
    }


def test_a_templates_schedule_needs_its_group_and_a_role_that_trusts_scheduler(loop: Loop, role: str) -> None:
    group = f"group-{uuid.uuid4().hex[:6]}"
    made = {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": group}}
    status, _ = deployed(loop, {"Group": made, "Schedule": a_schedule(role, {"Ref": "Group"})})
    assert status == "CREATE_COMPLETE"
    status, reasons = deployed(loop, {"Schedule": a_schedule(role, group)})
    assert status == "ROLLBACK_COMPLETE"
    assert f"Schedule group {group} does not exist" in reasons
    machine = loop.client("stepfunctions").describe_state_machine(stateMachineArn=loop["LoopMachine"])
    status, reasons = deployed(loop, {"Schedule": a_schedule(machine["roleArn"], "default")})
    assert status == "ROLLBACK_COMPLETE"
    assert "must allow AWS EventBridge Scheduler to assume the role" in reasons
