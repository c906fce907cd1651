"""The contract of Sender: a notice arrives whole, and one that is not taken is an error that says why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.event_sender import EventSender
from keepfit.adapters.aws.secure_parameter import SecureParameter
from keepfit.adapters.aws.sns_sender import SnsSender
from keepfit.adapters.http.webhook_sender import WebhookSender
from keepfit.adapters.memory.notices import MemorySender
from keepfit.errors import KeepfitError, NotFound
from keepfit.monitoring.notices.notice import lines
from keepfit.monitoring.notices.records import Sender
from localcloud import tls
from tests.unit.adapters.http.webhook import serving
from tests.unit.monitoring.support.notices import notice

# What arrived, as text.
Arrived = Callable[[], list[str]]
PARAMETER = "/keepfit/chat"


def _memory(_: pytest.FixtureRequest) -> Iterator[tuple[Sender, Sender, Arrived]]:
    sender = MemorySender()
    refused = MemorySender(failure=NotFound("nobody is there"))
    yield sender, refused, lambda: ["\n".join([each.title, *lines(each)]) for each in sender.sent]


def _topic(request: pytest.FixtureRequest) -> Iterator[tuple[Sender, Sender, Arrived]]:
    request.getfixturevalue("aws")
    topic = client("sns").create_topic(Name="team")["TopicArn"]
    queue = client("sqs").create_queue(QueueName="read")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])

    def arrived() -> list[str]:
        messages = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"])["Message"] for message in messages]

    yield SnsSender(topic=topic), SnsSender(topic=f"{topic}-gone"), arrived


def _bus(request: pytest.FixtureRequest) -> Iterator[tuple[Sender, Sender | None, Arrived]]:
    request.getfixturevalue("aws")
    entries: list[dict[str, Any]] = []
    client("events").meta.events.register(
        "provide-client-params.eventbridge.PutEvents",
        lambda params, **_: entries.extend(params["Entries"]),
    )

    def arrived() -> list[str]:
        details = [json.loads(each["Detail"]) for each in entries if each["DetailType"] == "Notice Given"]
        return [f"{each['title']}\n{each['text']}" for each in details]

    yield EventSender(), None, arrived


def _webhook(request: pytest.FixtureRequest) -> Iterator[tuple[Sender, Sender, Arrived]]:
    request.getfixturevalue("aws")
    with serving(request.getfixturevalue("certificates")) as webhook:
        client("ssm").put_parameter(Name=PARAMETER, Value=webhook.url, Type="SecureString")
        gone = WebhookSender(url=SecureParameter(name="/keepfit/gone").read)
        kept = WebhookSender(url=SecureParameter(name=PARAMETER).read)
        yield kept, gone, lambda: [body["text"].replace("*", "") for body in webhook.bodies]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tls.Certificates:
    return tls.ensure(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def certificates(made: tls.Certificates, monkeypatch: pytest.MonkeyPatch) -> tls.Certificates:
    """Those that this process trusts."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(made.authority))
    return made


@pytest.fixture(params=[_memory, _topic, _bus, _webhook], ids=["memory", "sns", "event bus", "webhook"])
def channel(request: pytest.FixtureRequest) -> Iterator[tuple[Sender, Sender | None, Arrived]]:
    with contextmanager(request.param)(request) as made:
        yield made


def test_a_notice_arrives_with_its_title_its_figures_and_what_to_do(
    channel: tuple[Sender, Sender | None, Arrived],
) -> None:
    sender, _, arrived = channel
    sender.send(notice())
    (text,) = arrived()
    assert text.splitlines() == [notice().title, *lines(notice())]


def test_one_that_cannot_be_sent_says_why(channel: tuple[Sender, Sender | None, Arrived]) -> None:
    _, refused, arrived = channel
    if refused is None:  # the event bus is always there; that it may refuse is in its own contract
        return
    with pytest.raises(KeepfitError, match=r"\w+"):
        refused.send(notice())
    assert arrived() == []


def test_a_secret_in_plain_text_is_refused_with_the_command_that_keeps_it(aws: None) -> None:
    client("ssm").put_parameter(Name=PARAMETER, Value="https://example.org", Type="String")
    with pytest.raises(NotFound, match="is a String, which is no place for a secret") as raised:
        SecureParameter(name=PARAMETER).read()
    assert "https://example.org" not in str(raised.value)


def test_the_subject_of_a_mail_is_what_sns_takes(aws: None) -> None:
    sent: list[dict[str, Any]] = []
    client("sns").meta.events.register(
        "provide-client-params.sns.Publish", lambda params, **_: sent.append(params)
    )
    topic = client("sns").create_topic(Name="team")["TopicArn"]
    SnsSender(topic=topic).send(msgspec.structs.replace(notice(), title="Münster " * 30))
    assert sent[0]["Subject"] == ("M?nster " * 30)[:100]
