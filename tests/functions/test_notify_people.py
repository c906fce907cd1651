"""The function that tells people, as EventBridge and a person call it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.errors import NotFound
from keepfit.monitoring.notices.channel_definition import ChannelDefinition, Channels
from tests.functions.conftest import Load
from tests.unit.monitoring.support.notices import alarm_event, own_event


def subscribed(topic: str) -> str:
    """A queue that reads what the topic is sent."""
    queue = client("sqs").create_queue(QueueName=topic.rpartition(":")[2])["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    return str(queue)


def subjects(queue: str) -> list[str]:
    messages = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"])["Subject"] for message in messages]


@pytest.fixture
def queues(training_stack: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A platform with a channel of mail, a topic of somebody's, and a webhook whose address nobody has kept."""
    topics = {name: client("sns").create_topic(Name=name)["TopicArn"] for name in ("team", "pager")}
    channels = {
        "team": ChannelDefinition(mail=["ada@example.org"]),
        "pager": ChannelDefinition(topic=topics["pager"], about=["alarm"]),
        "chat": ChannelDefinition(webhook="/keepfit/chat"),
    }
    body = msgspec.json.encode(Channels(channels=channels))
    client("s3").put_object(Bucket="artifacts", Key="assets/channels.json", Body=body)
    monkeypatch.setenv("KEEPFIT_DEFINITION", "artifacts/assets/channels.json")
    monkeypatch.setenv("KEEPFIT_TOPICS", json.dumps({"team": topics["team"]}))
    return {name: subscribed(topic) for name, topic in topics.items()}


def states(answer: dict[str, Any]) -> dict[str, str]:
    return {name: each["state"] for name, each in answer["deliveries"].items()}


def test_an_alarm_goes_to_who_wants_it_and_a_channel_that_fails_costs_nothing(
    load: Load, context: SimpleNamespace, queues: dict[str, str]
) -> None:
    answer = load("notify_people/handler").handler(alarm_event(), context)
    assert states(answer) == {"event-bus": "sent", "team": "sent", "pager": "sent", "chat": "failed"}
    assert "there is no parameter /keepfit/chat" in answer["deliveries"]["chat"]["reason"]
    assert [subjects(queue) for queue in queues.values()] == [["delay: the alarm drift sounds"]] * 2


def test_the_same_change_is_told_once_however_often_it_comes(
    load: Load, context: SimpleNamespace, queues: dict[str, str]
) -> None:
    handler = load("notify_people/handler").handler
    answers = [handler(alarm_event(), context) for _ in range(3)]
    assert answers[1:] == answers[:1] * 2
    assert len(subjects(queues["team"])) == 1


def test_a_release_is_none_of_a_pagers_business(
    load: Load, context: SimpleNamespace, queues: dict[str, str]
) -> None:
    entry = {"model": "delay", "seq": 1, "at": "2026-11-30T12:00:00Z", "action": "promote", "version": 1}
    more = {"previous_version": None, "who": "training run", "why": "first", "run_id": "r"}
    load("notify_people/handler").handler(own_event("Alias Moved", **entry, **more), context)
    assert (subjects(queues["team"]), subjects(queues["pager"])) == (["delay: version 1 is released"], [])


def test_what_is_told_nobody_leaves_its_reason(
    load: Load, context: SimpleNamespace, queues: dict[str, str]
) -> None:
    answer = load("notify_people/handler").handler(
        alarm_event(before="ALARM", state="INSUFFICIENT_DATA"), context
    )
    assert answer == {"ignored": "from ALARM to INSUFFICIENT_DATA nothing sounds and nothing is over"}
    assert subjects(queues["team"]) == []


def test_a_person_tries_every_channel(load: Load, context: SimpleNamespace, queues: dict[str, str]) -> None:
    answer = load("notify_people/handler").handler({"test": {"who": "ada"}}, context)
    assert states(answer) == {"event-bus": "sent", "team": "sent", "pager": "sent", "chat": "failed"}
    assert subjects(queues["team"]) == ["keepfit: a test of the channels"]


def test_an_event_that_no_rule_sends_fails_loudly(
    load: Load, context: SimpleNamespace, queues: dict[str, str]
) -> None:
    with pytest.raises(NotFound, match="nothing can be told of the event 'Dataset Updated'"):
        load("notify_people/handler").handler(own_event("Dataset Updated"), context)
