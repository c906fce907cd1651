"""The contract of QuotaStore."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from keepfit.adapters.aws.clients import client
from keepfit.adapters.http.dynamodb_quotas import DynamoQuotas
from keepfit.errors import ServiceUnavailable
from keepfit.serving.access.process_quotas import ProcessQuotas
from keepfit.serving.access.quota import Quota
from keepfit.serving.access.quota_meter import QuotaStore

AT = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
HOUR_S = 3600.0


def update_item(body: bytes) -> tuple[int, bytes]:
    """What DynamoDB answers to an UpdateItem, as bytes."""
    try:
        client("dynamodb").update_item(**json.loads(body))
    except ClientError as error:
        kind = f"com.amazonaws.dynamodb.v20120810#{error.response['Error']['Code']}"
        return 400, json.dumps({"__type": kind, "Item": error.response.get("Item", {})}).encode()
    return 200, b"{}"


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> QuotaStore:
    if request.param == "memory":
        return ProcessQuotas()
    return DynamoQuotas(request.getfixturevalue("registry_table"), update_item)


def test_a_burst_is_taken_at_once_and_then_one_for_each_interval(store: QuotaStore) -> None:
    quota = Quota(rate=2, burst=4)
    assert [store.take("acme", 1, quota, AT) for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert store.take("acme", 1, quota, AT + 0.25) == 0.25
    assert store.take("acme", 1, quota, AT + 0.5) == 0
    assert store.take("acme", 1, quota, AT + 0.5) == 0.5


def test_after_a_pause_there_is_one_burst_and_no_more(store: QuotaStore) -> None:
    quota = Quota(rate=1, burst=3)
    for at in (AT, AT + HOUR_S):
        assert [store.take("acme", 1, quota, at) for _ in range(4)] == [0, 0, 0, 1]


def test_several_are_taken_together_or_not_at_all(store: QuotaStore) -> None:
    quota = Quota(rate=10, burst=10)
    assert store.take("acme", 8, quota, AT) == 0
    assert store.take("acme", 8, quota, AT) == pytest.approx(0.6)
    assert store.take("acme", 2, quota, AT) == 0


def test_a_day_has_its_number_until_midnight(store: QuotaStore) -> None:
    quota = Quota(per_day=3)
    assert [store.take("acme", 2, quota, AT), store.take("acme", 1, quota, AT)] == [0, 0]
    assert store.take("acme", 1, quota, AT + HOUR_S) == 11 * HOUR_S
    assert store.take("acme", 1, quota, AT + 12 * HOUR_S) == 0


def test_a_rate_and_a_day_both_count(store: QuotaStore) -> None:
    quota = Quota(rate=1, burst=2, per_day=3)
    assert [store.take("acme", 1, quota, AT) for _ in range(3)] == [0, 0, 1]
    assert store.take("acme", 1, quota, AT + 1) == 0
    assert store.take("acme", 1, quota, AT + 60) == 12 * HOUR_S - 60


def test_what_one_sends_takes_nothing_from_another(store: QuotaStore) -> None:
    quota = Quota(rate=1, burst=1)
    assert [store.take(name, 1, quota, AT) for name in ("acme", "umbrella")] == [0, 0]


def test_what_was_sent_counts_under_another_quota_of_the_same_day(store: QuotaStore) -> None:
    assert store.take("acme", 5, Quota(per_day=10), AT) == 0
    assert store.take("acme", 1, Quota(per_day=5), AT) > 0
    assert store.take("acme", 1, Quota(rate=1), AT) == 0


@pytest.mark.parametrize("seed", range(3))
def test_both_stores_say_the_same_of_any_requests(registry_table: str, seed: int) -> None:
    drawn = random.Random(seed)
    stores = ProcessQuotas(), DynamoQuotas(registry_table, update_item)
    quota, at = Quota(rate=7, burst=5, per_day=60), AT
    for _ in range(120):
        at += drawn.choice([0, 0.01, 0.1, 0.5])
        requests = drawn.randint(1, 5)
        ours, theirs = (one.take("acme", requests, quota, at) for one in stores)
        assert ours == pytest.approx(theirs)


@pytest.mark.parametrize(
    "answer", [(500, b"{}"), (400, b'{"__type": "AccessDeniedException"}'), (400, b"<html>")]
)
def test_a_refusal_that_is_no_answer_is_told(answer: tuple[int, bytes]) -> None:
    with pytest.raises(ServiceUnavailable, match="quotas cannot be asked"):
        DynamoQuotas("quotas", lambda _body: answer).take("acme", 1, Quota(rate=1), AT)


def test_no_answer_in_time_is_told() -> None:
    def silent(_body: bytes) -> tuple[int, bytes]:
        raise TimeoutError

    with pytest.raises(ServiceUnavailable, match="TimeoutError"):
        DynamoQuotas("quotas", silent).take("acme", 1, Quota(rate=1), AT)
