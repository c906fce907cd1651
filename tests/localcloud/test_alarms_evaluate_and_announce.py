from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.localcloud.loop import Loop, wait_for

Watch = Callable[..., str]


@pytest.fixture
def watch(loop: Loop) -> Watch:
    """Creates an alarm on a metric of its own and returns its name."""

    def make(namespace: str, model: str = "a", **settings: Any) -> str:
        name = f"{namespace}-{model}-{uuid.uuid4().hex[:6]}"
        alarm: dict[str, Any] = {
            "AlarmName": name,
            "Namespace": namespace,
            "MetricName": "drift",
            "Dimensions": [{"Name": "Model", "Value": model}],
            "Statistic": "Maximum",
            "Period": 10,
            "EvaluationPeriods": 1,
            "Threshold": 0.25,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "ignore",
        }
        loop.client("cloudwatch").put_metric_alarm(**(alarm | settings))
        return name

    return make


def put(loop: Loop, namespace: str, value: float, model: str = "a", ago: float = 0) -> None:
    datum = {
        "MetricName": "drift",
        "Dimensions": [{"Name": "Model", "Value": model}],
        "Timestamp": time.time() - ago,
        "Value": value,
        "StorageResolution": 1,
    }
    loop.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])


def state(loop: Loop, name: str) -> str:
    return str(loop.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])


def test_an_alarm_sees_only_its_own_dimensions(loop: Loop, watch: Watch) -> None:
    ours, theirs = watch("dimensions", "a"), watch("dimensions", "b")
    put(loop, "dimensions", 0.9, "b")
    assert state(loop, theirs) == "ALARM"
    assert state(loop, ours) == "INSUFFICIENT_DATA"


def test_two_of_three_data_points_are_needed_when_two_are_asked_for(loop: Loop, watch: Watch) -> None:
    name = watch("m-of-n", EvaluationPeriods=3, DatapointsToAlarm=2)
    put(loop, "m-of-n", 0.1, ago=20)
    put(loop, "m-of-n", 0.9, ago=10)
    assert state(loop, name) == "OK"
    put(loop, "m-of-n", 0.9)
    assert state(loop, name) == "ALARM"


def test_a_newer_good_value_ends_the_alarm(loop: Loop, watch: Watch) -> None:
    name = watch("recovery")
    put(loop, "recovery", 0.9, ago=11)
    assert state(loop, name) == "ALARM"
    put(loop, "recovery", 0.1)
    assert state(loop, name) == "OK"


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [("notBreaching", "OK"), ("breaching", "ALARM"), ("missing", "INSUFFICIENT_DATA"), ("ignore", "ALARM")],
)
def test_silence_counts_as_the_alarm_says(loop: Loop, watch: Watch, treatment: str, expected: str) -> None:
    namespace = f"silence-{treatment}"
    name = watch(namespace, TreatMissingData=treatment, Period=1)
    put(loop, namespace, 0.1 if treatment == "breaching" else 0.9)
    wait_for(lambda: state(loop, name) == ("OK" if treatment == "breaching" else "ALARM"), 5)
    # A period of one second, and three of them are looked at for real data.
    if treatment == "ignore":
        time.sleep(5)
    assert wait_for(lambda: state(loop, name) == expected, 10)


def test_a_sum_that_may_still_grow_is_not_below_the_threshold_yet(loop: Loop, watch: Watch) -> None:
    name = watch(
        "heartbeat",
        Statistic="Sum",
        ComparisonOperator="LessThanThreshold",
        Threshold=2,
        TreatMissingData="ignore",
    )
    put(loop, "heartbeat", 1)
    assert state(loop, name) == "INSUFFICIENT_DATA"
    put(loop, "heartbeat", 1, ago=11)
    put(loop, "heartbeat", 1, ago=11)
    assert state(loop, name) == "OK"


def test_a_percentile_is_evaluated(loop: Loop) -> None:
    loop.client("cloudwatch").put_metric_alarm(
        AlarmName="percentile",
        Namespace="percentile",
        MetricName="latency",
        Period=10,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        ExtendedStatistic="p90",
        Threshold=5,
    )
    values = [
        {"MetricName": "latency", "Timestamp": time.time() - 11, "Values": [1.0, 9.0], "Counts": [8.0, 2.0]}
    ]
    loop.client("cloudwatch").put_metric_data(Namespace="percentile", MetricData=values)
    assert state(loop, "percentile") == "ALARM"


def test_every_change_goes_to_eventbridge_and_starts_what_a_rule_says(loop: Loop) -> None:
    states = loop.client("stepfunctions")

    def executions() -> int:
        return len(states.list_executions(stateMachineArn=loop["LoopMachine"])["executions"])

    before = executions()
    dimensions = [{"Name": "Model", "Value": "a"}]
    datum = {"MetricName": "worst_drift", "Dimensions": dimensions, "Value": 0.9}
    loop.client("cloudwatch").put_metric_data(Namespace="loop", MetricData=[datum])
    wait_for(lambda: executions() == before + 1)
    newest = states.list_executions(stateMachineArn=loop["LoopMachine"], maxResults=1)["executions"][0]
    assert loop.ended(newest["executionArn"])["status"] == "SUCCEEDED"


def test_the_event_of_a_change_has_the_form_that_aws_gives_it(loop: Loop, watch: Watch) -> None:
    queue, arn = loop.queue(f"alarm-events-{uuid.uuid4().hex[:6]}", "events.amazonaws.com")
    name = watch("events")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [name]}}
    loop.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    loop.client("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    put(loop, "events", 0.9, ago=11)
    put(loop, "events", 0.1)
    received: list[dict[str, Any]] = []

    def both() -> bool:
        found = loop.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        received.extend(json.loads(message["Body"]) for message in found)
        return len(received) >= 2

    wait_for(both)
    first, second = sorted(received, key=lambda event: event["detail"]["state"]["timestamp"])
    assert first["detail-type"] == "CloudWatch Alarm State Change"
    assert first["detail"]["state"]["value"] == "ALARM"
    assert first["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    figures = json.loads(first["detail"]["state"]["reasonData"])
    assert (figures["recentDatapoints"], figures["threshold"]) == ([0.9], 0.25)
    assert (figures["statistic"], figures["period"]) == ("Maximum", 10)
    metric = first["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]
    assert metric == {"namespace": "events", "name": "drift", "dimensions": {"Model": "a"}}
    assert (second["detail"]["state"]["value"], second["detail"]["previousState"]["value"]) == ("OK", "ALARM")


def test_an_alarm_invokes_the_function_it_names(loop: Loop, watch: Watch) -> None:
    arn = loop.admit("Probe", "lambda.alarms.cloudwatch.amazonaws.com")
    group = loop.invoke("Probe", {"environment": 1})["AWS_LAMBDA_LOG_GROUP_NAME"]

    def invocations() -> int:
        return len(loop.log_messages(group, '"START RequestId"'))

    before = invocations()
    watch("action", AlarmActions=[arn])
    put(loop, "action", 0.9)
    assert wait_for(lambda: invocations() == before + 1)
