"""People are told of alarms, approvals and releases, by a webhook and by mail, as the deployed functions do it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.notices.conftest import MODEL, Told, first_upload

# A cloud of its own, and a first release.
pytestmark = pytest.mark.long
# Of each alarm on a metric of the monitor's: one value that makes it sound, and one that ends it.
_ON_METRICS = {
    "drift": ("worst_drift", 1.5, 0.0),
    "decay": ("decay", 0.2, 0.0),
    "estimated-decay": ("estimated_decay", 0.2, 0.0),
    "incident": ("open_incidents", 1.0, 0.0),
}


def publish(told: Told, metric: str, value: float) -> None:
    datum = {"MetricName": metric, "Dimensions": [{"Name": "Model", "Value": MODEL}], "Value": value}
    told.product.client("cloudwatch").put_metric_data(Namespace="keepfit", MetricData=[datum])


def state(told: Told, alarm: str) -> str:
    found = told.product.client("cloudwatch").describe_alarms(AlarmNames=[f"keepfit-{MODEL}-{alarm}"])
    return str(found["MetricAlarms"][0]["StateValue"])


def becomes(told: Told, alarm: str, wanted: str, metric: str, value: float) -> None:
    """Publishes until the alarm is where it should be: a point of this minute may hide behind a higher one."""

    def look() -> bool | None:
        publish(told, metric, value)
        return state(told, alarm) == wanted or None

    told.product.watch.until(f"{alarm}: {wanted}", look)


def mails(told: Told) -> list[str]:
    """The subjects of what was sent to the team since the last look."""
    sqs = told.product.client("sqs")
    found: list[dict[str, Any]] = sqs.receive_message(
        QueueUrl=told.queue, MaxNumberOfMessages=10, WaitTimeSeconds=1
    ).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=told.queue, ReceiptHandle=message["ReceiptHandle"])
    return [str(json.loads(message["Body"])["Subject"]) for message in found]


def test_a_person_tries_the_channels_before_anything_happens(told: Told) -> None:
    answer = told.product.keepfit("notices", "test")
    assert {each["channel"]: each["state"] for each in answer["deliveries"]} == {
        "event-bus": "sent",
        "chat": "sent",
        "team": "sent",
    }
    assert "asked for by" in told.chat("keepfit: a test of the channels")
    assert mails(told) == ["keepfit: a test of the channels"]


@pytest.mark.parametrize("alarm", _ON_METRICS)
def test_an_alarm_sounds_and_is_over_and_people_are_told_of_both(told: Told, alarm: str) -> None:
    metric, high, low = _ON_METRICS[alarm]
    becomes(told, alarm, "OK", metric, low)
    becomes(told, alarm, "ALARM", metric, high)
    becomes(told, alarm, "OK", metric, low)
    if alarm == "incident":  # of which its own events tell
        return
    assert f"{metric}: {high:g}; the threshold is" in told.chat(f"{MODEL}: the alarm {alarm} sounds")
    assert "What to do: nothing" in told.chat(f"{MODEL}: the alarm {alarm} is over")


def test_a_release_is_told_when_it_waits_and_when_it_serves(told: Told) -> None:
    told.product.take_in("told_trips/first.csv", first_upload())
    waits = told.chat(f"{MODEL}: version 1 waits for your approval")
    assert f"keepfit approvals approve {MODEL}" in waits
    told.product.keepfit("approvals", "approve", MODEL, "--why", "it is good")
    assert "the first release" in told.chat(f"{MODEL}: version 1 is released")
    found: list[str] = []
    told.product.watch.until(
        "the mail of the release", lambda: found.extend(mails(told)) or (len(found) >= 2 or None)
    )
    # A queue keeps no order.
    assert sorted(found) == [f"{MODEL}: version 1 is released", f"{MODEL}: version 1 waits for your approval"]


def test_what_was_sent_is_on_record_and_no_record_holds_the_address(told: Told) -> None:
    records = told.product.keepfit("notices", MODEL)
    assert all(each["about"] == MODEL for each in records)
    sent = [each for each in records if each["title"].endswith("is released")]
    assert [delivery["state"] for delivery in sent[0]["deliveries"]] == ["sent"] * 3
    assert "s3cret" not in json.dumps(records)


def test_a_webhook_that_is_gone_is_recorded_and_stops_nothing(told: Told) -> None:
    told.webhook.statuses, told.webhook.says = [404], "no_service"
    answer = told.product.keepfit("notices", "test")
    deliveries = {each["channel"]: each for each in answer["deliveries"]}
    assert deliveries["team"]["state"] == "sent"
    assert deliveries["chat"]["state"] == "failed"
    assert "answers 404: no_service" in deliveries["chat"]["reason"]
    [failed] = told.product.keepfit("notices", "--failed")
    assert failed["title"] == "keepfit: a test of the channels"
