"""One embedded cloud with a model, a webhook beside it, and a queue that reads the mail of its team."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from keepfit.adapters.aws import clients
from localcloud import tls
from tests.e2e.container.conftest import as_csv, trips
from tests.e2e.loop.product import Product
from tests.e2e.own_product import own_product
from tests.unit.adapters.http.webhook import Webhook, serving

MODEL = "told_lateness"
PARAMETER = "/keepfit/e2e/chat"
_TOML = f"""
[dataset.told_trips]
event_time = "started_at"
known_at = "ended_at"
[dataset.told_trips.fields]
started_at = {{ type = "timestamp" }}
ended_at = {{ type = "timestamp" }}
station = {{ type = "category" }}
distance = {{ type = "float", min = 0 }}
late = {{ type = "bool", nullable = true }}
[model.told_lateness]
dataset = "told_trips"
label = "late"
inputs = ["station", "distance"]
[model.told_lateness.training.candidates.logistic]
algorithm = "logistic_regression"
[model.told_lateness.release]
approval = "required"
strategy = "at_once"
[model.told_lateness.outcomes]
[model.told_lateness.monitoring]
decay_threshold = 0.05
estimated_decay_threshold = 0.05
[model.told_lateness.retraining]
on = ["upload"]
[channel.chat]
webhook = "{PARAMETER}"
[channel.team]
mail = ["ada@example.org"]
about = ["approval", "release"]
"""


@dataclass
class Told:
    """A product, and those who are told of it."""

    product: Product
    webhook: Webhook
    queue: str

    def chat(self, beginning: str) -> str:
        """The text in the chat that begins so, once there is one."""

        def look() -> str | None:
            texts = [str(body["text"]) for body in self.webhook.bodies]
            return next((text for text in texts if text.startswith(f"*{beginning}")), None)

        return self.product.watch.until(f"{beginning!r} in the chat", look)


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("told")
    with own_product(folder, name="told", model=MODEL, definition=_TOML) as made:
        certificates = tls.ensure(made.state / "tls")
        with serving(certificates) as webhook:
            made.client("ssm").put_parameter(Name=PARAMETER, Value=webhook.url, Type="SecureString")
            yield Told(made, webhook, _reader(made))


def _reader(product: Product) -> str:
    """A queue beside the mail of the team, which nobody here can read."""
    sns, sqs = product.client("sns"), product.client("sqs")
    queue = str(sqs.create_queue(QueueName="mail")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    (topic,) = [each["TopicArn"] for each in sns.list_topics()["Topics"]]
    addresses = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [each["Endpoint"] for each in addresses] == ["ada@example.org"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(_admitting(topic, arn))})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return queue


def _admitting(topic: str, queue: str) -> dict[str, Any]:
    """The policy by which a topic may write to a queue."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def first_upload() -> bytes:
    """Rows enough for a first release."""
    return as_csv(trips(1500))


@pytest.fixture(autouse=True)
def in_the_cloud(told: Told, monkeypatch: pytest.MonkeyPatch, no_ambient_aws: None) -> Iterator[None]:
    """Every client that a test makes is one of the embedded cloud; afterwards none is left."""
    told.product.enter(monkeypatch)
    yield
    clients.client.cache_clear()
