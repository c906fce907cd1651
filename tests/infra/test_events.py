from __future__ import annotations

import fnmatch
import json
from typing import Any

import msgspec
import pytest

from keepfit.training.runs.event_routing import orders
from keepfit.training.runs.model_subscription import Subscription
from planning.templates import Json, Template, actions, resources

STATE_CHANGE = "CloudWatch Alarm State Change"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:keepfit-flight-delay"
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "keepfit",
    "AWS::StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/keepfit/0f1e",
}


def said(template: Template, value: Any) -> Any:  # noqa: PLR0911  one answer per form
    """A value of a template as a deployment would make it, as far as names are known before."""
    match value:
        case {"Fn::Join": [str(delimiter), list(items)]}:
            return delimiter.join(said(template, item) for item in items)
        case {"Fn::Select": [number, {"Fn::Split": [str(delimiter), parted]}]}:
            return said(template, parted).split(delimiter)[int(number)]
        case {"Ref": name} if name in PSEUDO:
            return PSEUDO[name]
        case {"Ref": name} | {"Fn::GetAtt": [name, "Arn"]}:
            return named(template.document["Resources"][name])
        case dict():
            return {key: said(template, each) for key, each in value.items()}
        case list():
            return [said(template, each) for each in value]
    return value


def named(resource: Json) -> str:
    if resource["Type"] == "AWS::StepFunctions::StateMachine":
        return MACHINE.replace("keepfit-flight-delay", resource["Properties"]["StateMachineName"])
    return str(resource["Properties"].get("FunctionName", f"some {resource['Type']}"))


def matches(pattern: Any, event: Any) -> bool:
    """EventBridge's rule for the parts of its language that the stacks use."""
    if isinstance(pattern, dict):
        return all(key in event and matches(part, event[key]) for key, part in pattern.items())
    return any(fits(option, event) for option in pattern)


def fits(option: Any, value: Any) -> bool:
    match option:
        case {"prefix": prefix}:
            return str(value).startswith(prefix)
        case {"wildcard": wildcard}:
            return fnmatch.fnmatchcase(value, wildcard)
    return bool(option == value)


@pytest.fixture
def subscription(model: Template) -> Subscription:
    """What the model's stack tells the platform."""
    (parameter,) = model.properties("AWS::SSM::Parameter")
    assert parameter["Name"] == "/keepfit/models/flight_delay"
    return msgspec.json.decode(said(model, parameter["Value"]), type=Subscription)


def heard_by(platform: Template, event: Json) -> list[Json]:
    """The rules that the event matches."""
    rules = platform.properties("AWS::Events::Rule")
    return [rule for rule in rules if matches(said(platform, rule["EventPattern"]), event)]


def heard_for(platform: Template, event: Json, function: str) -> list[Json]:
    """The targets of those rules that are the function."""
    targets = [target for rule in heard_by(platform, event) for target in rule["Targets"]]
    wanted = platform.functions()[function]
    return [one for one in targets if platform.document["Resources"][one["Arn"]["Fn::GetAtt"][0]] == wanted]


def event(source: str, detail_type: str, **detail: Any) -> Json:
    return {"id": "1", "source": source, "detail-type": detail_type, "detail": detail}


def alarm(name: str, state: str) -> Json:
    return event("aws.cloudwatch", STATE_CHANGE, alarmName=name, state={"value": state})


def ended(status: str, machine: str = MACHINE) -> Json:
    return event(
        "aws.states",
        "Step Functions Execution Status Change",
        stateMachineArn=machine,
        executionArn=f"{machine}:x",
        startDate=7,
        status=status,
    )


def deployed(status: str, stack: str = "keepfit-flight-delay/0f1e") -> Json:
    arn = f"arn:aws:cloudformation:eu-west-1:123456789012:stack/{stack}"
    detail = {"stack-id": arn, "status-details": {"status": status, "status-reason": ""}}
    return event("aws.cloudformation", "CloudFormation Stack Status Change", **detail)


CONCERNING = [
    event("keepfit", "Dataset Updated", dataset="flights", version=3, rows=25000),
    event("keepfit", "Dataset Updated", dataset="weather", version=1, rows=10),
    event("keepfit", "Alarm Standing", model="flight_delay", alarm="keepfit-flight_delay-drift"),
    event("keepfit", "Retraining Requested", model="flight_delay", trigger={}),
    alarm("keepfit-flight_delay-drift", "ALARM"),
    ended("ABORTED"),
    ended("TIMED_OUT"),
    ended("FAILED"),
    deployed("UPDATE_COMPLETE"),
]


@pytest.mark.parametrize("told", CONCERNING)
def test_what_concerns_the_model_is_heard_once_as_it_came_and_dispatched_to_it(
    platform: Template, subscription: Subscription, told: Json
) -> None:
    (target,) = heard_for(platform, told, "dispatch_event")
    assert not {"Input", "InputPath", "InputTransformer"} & set(target)
    assert {order.model for order in orders(told, [subscription])} == {"flight_delay"}


@pytest.mark.parametrize(
    "other",
    [
        event("keepfit", "Dataset Updated", dataset="unrelated", version=3, rows=25000),
        event("keepfit", "Retraining Requested", model="other_model", trigger={}),
        alarm("keepfit-flight_delay-drift", "OK"),
        alarm("keepfit-flight_delay-heartbeat", "ALARM"),
        alarm("somebody-elses-drift", "ALARM"),
        ended("SUCCEEDED"),
        ended("FAILED", machine=MACHINE.replace("keepfit-", "others-")),
        deployed("UPDATE_IN_PROGRESS"),
        deployed("CREATE_COMPLETE"),
        deployed("UPDATE_COMPLETE", stack="keepfit-flight-delay/2a2a"),
        deployed("UPDATE_COMPLETE", stack="others-flight-delay/0f1e"),
        event("keepfit.person", "Training Requested", by="somebody"),
    ],
)
def test_what_is_none_of_the_models_business_starts_nothing(
    platform: Template, subscription: Subscription, other: Json
) -> None:
    assert not heard_by(platform, other) or orders(other, [subscription]) == []


def test_the_model_is_told_of_by_its_own_machine_alarm_and_functions(
    model: Template, subscription: Subscription
) -> None:
    (machine,) = model.properties("AWS::StepFunctions::StateMachine")
    assert subscription.machine.endswith(f":{machine['StateMachineName']}")
    assert subscription.drift_alarm in {a["AlarmName"] for a in model.properties("AWS::CloudWatch::Alarm")}
    functions = {name: r["Properties"].get("FunctionName") for name, r in model.functions().items()}
    assert subscription.move_alias == functions["move_alias"]
    assert subscription.close_run == functions["close_run"]


@pytest.mark.parametrize("told", CONCERNING)
def test_a_new_version_and_nothing_else_is_told_to_who_registers_tables(
    platform: Template, told: Json
) -> None:
    heard = heard_for(platform, told, "register_table")
    assert len(heard) == (told["detail-type"] == "Dataset Updated")
    for target in heard:
        assert target["DeadLetterConfig"]


def test_rules_do_not_grow_with_models_or_datasets(platform: Template, model: Template) -> None:
    assert len(platform.of("AWS::Events::Rule")) == 12
    assert not model.of("AWS::Events::Rule")


def allowed(platform: Template, role: str, action: str, resource: str) -> bool:
    return any(
        fnmatch.fnmatchcase(resource, said(platform, pattern))
        for owner, statement in platform.statements()
        if owner == role and action in actions(statement)
        for pattern in resources(statement)
    )


def test_the_dispatcher_may_reach_what_subscriptions_name_and_nothing_else_of_a_model(
    platform: Template, model: Template, subscription: Subscription
) -> None:
    role = platform.functions()["dispatch_event"]["Properties"]["Role"]["Fn::GetAtt"][0]
    assert allowed(platform, role, "states:StartExecution", subscription.machine)
    prefix = "arn:aws:lambda:eu-west-1:123456789012:function:"
    invocable = {
        name
        for name, function in model.functions().items()
        if allowed(
            platform,
            role,
            "lambda:InvokeFunction",
            # CloudFormation's own names begin with the stack's and have the logical id in them.
            prefix + function["Properties"].get("FunctionName", f"keepfit-flight-delay-{name}-X1"),
        )
    }
    assert invocable == {"move_alias", "close_run"}
    assert platform.allowed("dispatch_event") == {
        "states:StartExecution", "lambda:InvokeFunction", "ssm:GetParametersByPath", "sqs:SendMessage",
        "logs:CreateLogStream", "logs:PutLogEvents",
    }  # fmt: skip


def test_uploads_reach_the_ingest(platform: Template) -> None:
    rules = platform.properties("AWS::Events::Rule")
    patterns = [rule["EventPattern"] for rule in rules]
    (uploaded,) = [
        rule
        for rule, pattern in zip(rules, patterns, strict=True)
        if pattern["source"] == ["aws.s3"] and "object" not in pattern["detail"]
    ]
    bucket = uploaded["EventPattern"]["detail"]["bucket"]["name"][0]
    assert bucket["Ref"].startswith("DataIntake")
    (target,) = uploaded["Targets"]
    ingest = platform.document["Resources"][target["Arn"]["Fn::GetAtt"][0]]
    assert ingest == platform.functions()["ingest_upload"]


def test_files_to_be_scored_reach_the_machine_of_batches(platform: Template) -> None:
    rules = platform.properties("AWS::Events::Rule")
    (dropped,) = [rule for rule in rules if "object" in rule["EventPattern"].get("detail", {})]
    assert dropped["EventPattern"]["detail"]["object"] == {"key": [{"prefix": "batch/"}]}
    (target,) = dropped["Targets"]
    dispatch = platform.document["Resources"][target["Arn"]["Fn::GetAtt"][0]]
    assert dispatch == platform.functions()["dispatch_event"]
    (machine,) = platform.of("AWS::StepFunctions::StateMachine")
    assert machine in str(dispatch["Properties"]["Environment"]["Variables"]["KEEPFIT_BATCHES"])


def test_only_the_intake_announces_its_objects(platform: Template) -> None:
    announcing = [
        logical_id
        for logical_id, bucket in platform.of("AWS::S3::Bucket").items()
        if "NotificationConfiguration" in bucket["Properties"]
    ]
    assert len(announcing) == 1
    assert announcing[0].startswith("DataIntake")


def test_no_event_is_lost_silently(platform: Template) -> None:
    for logical_id, rule in platform.of("AWS::Events::Rule").items():
        for target in rule["Properties"]["Targets"]:
            assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] in platform.of("AWS::SQS::Queue"), (
                logical_id
            )
            assert target["RetryPolicy"]["MaximumRetryAttempts"] >= 2


def test_every_dead_letter_queue_is_watched(templates: list[Template]) -> None:
    for template in templates:
        watched = json.dumps(template.properties("AWS::CloudWatch::Alarm"))
        assert all(queue in watched for queue in template.of("AWS::SQS::Queue"))
