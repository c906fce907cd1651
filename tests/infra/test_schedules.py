from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.constructs.schedule import Scheduling, schedule  # first: it gives jsii its Node

# isort: split
from aws_cdk import App, Stack

from infra.training.model_subscription import SCHEDULED
from keepfit.instants import Duration, from_iso
from keepfit.training.runs.triggers import read_trigger
from planning.templates import Json, Template, actions, resources
from tests.infra.test_events import allowed, said

AT = "2026-01-01T00:00:00Z"


@pytest.fixture
def monitoring(model: Template) -> Json:
    """The monitor's, which every model has."""
    (found,) = model.properties("AWS::Scheduler::Schedule")
    return found


def exported(platform: Template, value: Json) -> Json:
    """What the platform exports under the name that a model's stack imports."""
    (output,) = [
        output
        for output in platform.document["Outputs"].values()
        if output.get("Export", {}).get("Name") == value["Fn::ImportValue"]
    ]
    found: Json = output["Value"]
    return found


def test_the_monitor_runs_as_often_as_the_definition_says(model: Template, monitoring: Json) -> None:
    assert monitoring["ScheduleExpression"] == "rate(1 hour)"
    assert monitoring["Target"]["Input"] == "{}"
    called = monitoring["Target"]["Arn"]["Fn::GetAtt"][0]
    assert model.document["Resources"][called] == model.functions()["monitor_model"]


def test_schedules_act_under_one_role_of_the_platform_that_only_their_group_may_use(
    platform: Template, monitoring: Json
) -> None:
    (group,) = platform.properties("AWS::Scheduler::ScheduleGroup")
    assert monitoring["GroupName"] == group["Name"]
    role = exported(platform, monitoring["Target"]["RoleArn"])["Fn::GetAtt"][0]
    (trust,) = platform.of("AWS::IAM::Role")[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    group_arn = f"arn:aws:scheduler:eu-west-1:123456789012:schedule-group/{group['Name']}"
    assert said(platform, trust["Condition"]) == {
        "StringEquals": {"aws:SourceAccount": "123456789012", "aws:SourceArn": group_arn}
    }


def test_what_a_schedule_asks_is_allowed_and_of_a_model_nothing_else_can_be_invoked(
    platform: Template, model: Template, monitoring: Json
) -> None:
    role = exported(platform, monitoring["Target"]["RoleArn"])["Fn::GetAtt"][0]
    prefix = "arn:aws:lambda:eu-west-1:123456789012:function:"
    invocable = {
        name
        for name, function in model.functions().items()
        if allowed(
            platform,
            role,
            "lambda:InvokeFunction",
            prefix + function["Properties"].get("FunctionName", f"keepfit-flight-delay-{name}-X1"),
        )
    }
    assert invocable == {"monitor_model"}
    machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:keepfit-flight-delay"
    assert allowed(platform, role, "states:StartExecution", machine)


def test_a_turn_that_is_missed_is_tried_again_and_then_kept_under_the_same_role(
    platform: Template, monitoring: Json
) -> None:
    target = monitoring["Target"]
    assert target["RetryPolicy"]["MaximumRetryAttempts"] >= 2
    # Until its next turn.
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 3600
    queue = exported(platform, target["DeadLetterConfig"]["Arn"])
    assert queue["Fn::GetAtt"][0] in platform.of("AWS::SQS::Queue")
    role = exported(platform, target["RoleArn"])["Fn::GetAtt"][0]
    sending = [
        resources(statement)
        for owner, statement in platform.statements()
        if owner == role and "sqs:SendMessage" in actions(statement)
    ]
    assert sending == [[queue]]


def test_a_retraining_by_the_clock_is_one_trigger_however_often_it_is_attempted() -> None:
    attempts = []
    for number in ("1", "2"):
        text = json.dumps(SCHEDULED)
        for name, value in (("schedule-arn", "arn:s"), ("scheduled-time", AT), ("attempt-number", number)):
            text = text.replace(f"<aws.scheduler.{name}>", value)
        attempts.append(read_trigger(json.loads(text)))
    first, second = attempts
    assert first == second
    assert (first.kind, first.id, first.at) == ("schedule", f"arn:s {AT}", from_iso(AT))


@pytest.mark.parametrize(("every", "expression"), [("1m", "rate(1 minute)"), ("2d", "rate(2 days)")])
def test_what_a_definition_says_of_time_becomes_what_scheduler_keeps(
    tmp_path: Path, every: str, expression: str
) -> None:
    stack = Stack(App(outdir=str(tmp_path)), "keepfit-model")
    scheduling = Scheduling(role="arn:aws:iam::1:role/r", dead_letter_queue="arn:aws:sqs:eu-west-1:1:q")
    schedule(
        stack,
        "S",
        description="",
        rate=Duration.parse(every),
        target="arn:aws:lambda:eu-west-1:1:function:f",
        payload={},
        scheduling=scheduling,
    )
    made = stack.node.root.synth().get_stack_by_name("keepfit-model").template  # type: ignore[attr-defined]
    (resource,) = made["Resources"].values()
    assert resource["Properties"]["ScheduleExpression"] == expression
