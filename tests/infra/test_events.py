from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.assembly import Json, Template

STATE_CHANGE = "CloudWatch Alarm State Change"


def matches(pattern: Any, event: Any) -> bool:
    """EventBridge's rule for the parts of its language that the stacks use."""
    if isinstance(pattern, dict):
        return all(key in event and matches(part, event[key]) for key, part in pattern.items())
    return any(
        event.startswith(option["prefix"])
        if isinstance(option, dict) and "prefix" in option
        else event == option
        for option in pattern
    )


def started_by(model: Template, event: Json) -> int:
    """How many rules send the event to the state machine."""
    rules = [rule for rule in model.properties("AWS::Events::Rule") if "EventPattern" in rule]
    return sum(matches(rule["EventPattern"], event) for rule in rules)


def event(source: str, detail_type: str, **detail: Any) -> Json:
    return {"source": source, "detail-type": detail_type, "detail": detail}


@pytest.mark.parametrize(
    "trigger",
    [
        event("keepfit", "Dataset Updated", dataset="flights", version=3, rows=25000),
        event("keepfit", "Dataset Updated", dataset="weather", version=1, rows=10),
        event("keepfit", "Alarm Standing", model="flight_delay", alarm="keepfit-flight_delay-drift"),
        event("keepfit", "Retraining Requested", model="flight_delay", trigger={}),
        event(
            "aws.cloudwatch", STATE_CHANGE, alarmName="keepfit-flight_delay-drift", state={"value": "ALARM"}
        ),
    ],
)
def test_every_trigger_starts_one_run_as_it_came(model: Template, trigger: Json) -> None:
    assert started_by(model, trigger) == 1
    for rule in model.properties("AWS::Events::Rule"):
        if "EventPattern" in rule and matches(rule["EventPattern"], trigger):
            (target,) = rule["Targets"]
            assert not {"Input", "InputPath", "InputTransformer"} & set(target)


@pytest.fixture
def ended(model: Template) -> Json:
    """The rule for executions that ended."""
    (rule,) = [
        rule
        for rule in model.properties("AWS::Events::Rule")
        if rule.get("EventPattern", {}).get("source") == ["aws.states"]
    ]
    return rule


def test_only_an_execution_that_ended_badly_is_cleared_up_after(model: Template, ended: Json) -> None:
    detail = ended["EventPattern"]["detail"]
    [machine] = model.of("AWS::StepFunctions::StateMachine")
    assert detail["stateMachineArn"] == [{"Fn::GetAtt": [machine, "Arn"]}]
    assert set(detail["status"]) == {"ABORTED", "TIMED_OUT", "FAILED"}


def test_whoever_clears_up_is_told_the_execution_and_how_it_ended(model: Template, ended: Json) -> None:
    said = {"detail-executionArn": '"arn:1"', "detail-startDate": "7", "detail-status": "ABORTED"}
    asked = {}
    for target in ended["Targets"]:
        told = target["InputTransformer"]["InputTemplate"]
        for name, path in target["InputTransformer"]["InputPathsMap"].items():
            assert path == "$." + name.replace("-", ".")
            told = told.replace(f"<{name}>", said[name])
        asked[target["Arn"]["Fn::GetAtt"][0]] = json.loads(told)
    known = {"execution": {"arn": "arn:1", "started_at": 7}, "reason": "its execution ended as ABORTED"}
    named = {
        resource["Properties"]["Environment"]["Variables"]["KEEPFIT_FUNCTION"]: asked.get(logical_id)
        for logical_id, resource in model.of("AWS::Lambda::Function").items()
    }
    assert {name: asks for name, asks in named.items() if asks} == {
        "move_alias": {"action": "end canary", **known},
        "close_run": {"outcome": "aborted", **known},
    }


@pytest.mark.parametrize(
    "other",
    [
        event("keepfit", "Dataset Updated", dataset="unrelated", version=3, rows=25000),
        event("keepfit", "Retraining Requested", model="other_model", trigger={}),
        event("aws.cloudwatch", STATE_CHANGE, alarmName="keepfit-flight_delay-drift", state={"value": "OK"}),
        event(
            "aws.cloudwatch",
            STATE_CHANGE,
            alarmName="keepfit-flight_delay-heartbeat",
            state={"value": "ALARM"},
        ),
        event("keepfit.person", "Training Requested", by="somebody"),
    ],
)
def test_what_is_none_of_the_models_business_starts_nothing(model: Template, other: Json) -> None:
    assert started_by(model, other) == 0


def test_an_upload_reaches_the_ingest_of_its_dataset_alone(platform: Template) -> None:
    rules = [rule for rule in platform.properties("AWS::Events::Rule") if "EventPattern" in rule]
    bucket = rules[0]["EventPattern"]["detail"]["bucket"]["name"][0]
    upload = event("aws.s3", "Object Created", bucket={"name": bucket}, object={"key": "flights/2013-01.csv"})
    assert sum(matches(rule["EventPattern"], upload) for rule in rules) == 1
    for key in ("unknown/a.csv", "flights.csv", "old/flights/a.csv"):
        stray = event("aws.s3", "Object Created", bucket={"name": bucket}, object={"key": key})
        assert not any(matches(rule["EventPattern"], stray) for rule in rules)


def test_only_the_intake_announces_its_objects(platform: Template) -> None:
    announcing = [
        logical_id
        for logical_id, bucket in platform.of("AWS::S3::Bucket").items()
        if "NotificationConfiguration" in bucket["Properties"]
    ]
    assert len(announcing) == 1
    assert announcing[0].startswith("DataIntake")


def test_no_event_is_lost_silently(templates: list[Template]) -> None:
    for template in templates:
        for logical_id, rule in template.of("AWS::Events::Rule").items():
            for target in rule["Properties"]["Targets"]:
                assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] in template.of("AWS::SQS::Queue"), (
                    logical_id
                )
                assert target["RetryPolicy"]["MaximumRetryAttempts"] >= 2


def test_every_dead_letter_queue_is_watched(templates: list[Template]) -> None:
    for template in templates:
        watched = json.dumps(template.properties("AWS::CloudWatch::Alarm"))
        assert all(queue in watched for queue in template.of("AWS::SQS::Queue"))


def test_the_monitor_runs_as_often_as_the_definition_says(model: Template) -> None:
    (rule,) = [rule for rule in model.properties("AWS::Events::Rule") if "ScheduleExpression" in rule]
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    assert rule["Targets"][0]["Input"] == "{}"
