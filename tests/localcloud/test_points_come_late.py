"""Alarms on data points that are seen a minute after they were sent, as CloudWatch allows itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest

from localcloud.cloud import Cloud
from localcloud.endpoint import Endpoint
from tests.localcloud.loop import wait_for

MINUTE = 3.0


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A cloud whose minutes last three seconds, and whose alarms see each point a minute late."""
    cloud = Cloud("late", tmp_path_factory.mktemp("late"), minute_seconds=MINUTE, delay_seconds=MINUTE)
    yield cloud.up()
    cloud.down()


@pytest.fixture
def state(late: Endpoint) -> Callable[[], str]:
    """The state of an alarm of a minute on the drift of one model."""
    late.client("cloudwatch").put_metric_alarm(
        AlarmName="drift",
        Namespace="keepfit",
        MetricName="worst_drift",
        Dimensions=[{"Name": "Model", "Value": "m"}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.25,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="ignore",
    )
    cloudwatch = late.client("cloudwatch")
    return lambda: str(cloudwatch.describe_alarms(AlarmNames=["drift"])["MetricAlarms"][0]["StateValue"])


def put(late: Endpoint, value: float) -> None:
    datum = {"MetricName": "worst_drift", "Dimensions": [{"Name": "Model", "Value": "m"}], "Value": value}
    late.client("cloudwatch").put_metric_data(Namespace="keepfit", MetricData=[datum])


def test_an_alarm_of_a_minute_catches_what_is_seen_a_minute_late_and_tells_it(
    late: Endpoint, state: Callable[[], str]
) -> None:
    sqs, events = late.client("sqs"), late.client("events")
    queue = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
    }
    policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    pattern = {"detail": {"alarmName": ["drift"], "state": {"value": ["ALARM"]}}}
    events.put_rule(Name="drift", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="drift", Targets=[{"Id": "queue", "Arn": arn}])
    put(late, 0.9)
    sent = time.monotonic()
    assert state() != "ALARM"
    wait_for(lambda: state() == "ALARM", 4 * MINUTE)
    assert time.monotonic() - sent >= MINUTE - 1
    wait_for(lambda: bool(sqs.receive_message(QueueUrl=queue).get("Messages")), 5)
    put(late, 0.1)
    wait_for(lambda: state() == "OK", 4 * MINUTE)
