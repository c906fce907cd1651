"""The light reader of the online store: signed like the SDK's requests, patient for two seconds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from keepfit.adapters.http import dynamodb_reader
from keepfit.adapters.http.connection import Connection
from keepfit.adapters.http.dynamodb_reader import DynamoReader
from keepfit.adapters.http.signature_v4 import Signer
from keepfit.errors import ServiceUnavailable
from keepfit.features.online.ports import ItemKey
from tests.unit.adapters.http.stub_dynamodb import Stub, serving

KEYS = [ItemKey(f"stations#[{number}]", "latest") for number in range(250)]


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving(Stub()) as stub:
        yield stub


@pytest.fixture
def reader(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoReader]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stub.url)
    for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    reader = DynamoReader.from_environment("online")
    yield reader
    reader._connection.close()


def test_a_request_is_signed_as_the_sdk_signs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    at, body = datetime(2026, 11, 29, 5, 4, 3, tzinfo=UTC), b'{"RequestItems":{}}'
    host = "dynamodb.eu-central-1.amazonaws.com"
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.BatchGetItem"}
    signer = Signer(service="dynamodb", region="eu-central-1", access_key_id="A", secret="B", token="C")
    ours = signer.signed({**headers, "host": host}, body, at=at)
    theirs = AWSRequest("POST", f"https://{host}/", data=body, headers=headers)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: at.replace(tzinfo=None))
    SigV4Auth(Credentials("A", "B", "C"), "dynamodb", "eu-central-1").add_auth(theirs)
    assert ours["authorization"] == theirs.headers["Authorization"]


@pytest.mark.parametrize("chunked", [False, True])
def test_items_are_found_by_their_keys(stub: Stub, reader: DynamoReader, *, chunked: bool) -> None:
    stub.chunked = chunked
    stub.items = {tuple(KEYS[1]): "[1]", tuple(KEYS[240]): "[2]"}  # type: ignore[dict-item]
    assert reader.read(KEYS) == {KEYS[1]: "[1]", KEYS[240]: "[2]"}
    assert [len(one["RequestItems"]["online"]["Keys"]) for one in stub.requests] == [100, 100, 50]


def test_one_connection_is_kept(stub: Stub, reader: DynamoReader) -> None:
    for _ in range(3):
        reader.read(KEYS[:1])
    assert len(stub.connections) == 1


def test_a_connection_that_was_closed_is_made_anew(stub: Stub, reader: DynamoReader) -> None:
    reader.read(KEYS[:1])
    stub.answers = [lambda _: None]
    stub.items = {tuple(KEYS[0]): "[1]"}  # type: ignore[dict-item]
    assert reader.read(KEYS[:1]) == {KEYS[0]: "[1]"}


def test_keys_that_were_not_processed_are_asked_for_again(stub: Stub, reader: DynamoReader) -> None:
    stub.items = {tuple(key): "[]" for key in KEYS[:3]}  # type: ignore[misc]

    def some(request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        keys = request["RequestItems"]["online"]["Keys"]
        status, found = stub.found({"RequestItems": {"online": {"Keys": keys[:1]}}})
        return status, {**found, "UnprocessedKeys": {"online": {"Keys": keys[1:]}}}

    stub.answers = [some, some]
    assert reader.read(KEYS[:3]).keys() == {*KEYS[:3]}
    assert len(stub.requests) == 3


def test_a_throttled_or_failing_store_is_asked_again(stub: Stub, reader: DynamoReader) -> None:
    stub.answers = [
        lambda _: (400, {"__type": "com.amazonaws#ThrottlingException"}),
        lambda _: (500, {"__type": "InternalServerError"}),
    ]
    assert reader.read(KEYS[:1]) == {}


def test_a_store_that_stays_away_is_unavailable_within_the_deadline(
    stub: Stub, reader: DynamoReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb_reader, "_DEADLINE_S", 0.4)
    stub.answers = [lambda _: (503, {"message": "down"})] * 50
    with pytest.raises(ServiceUnavailable, match=r"did not answer within 0.4 s"):
        reader.read(KEYS[:1])


def test_a_refusal_is_not_repeated(stub: Stub, reader: DynamoReader) -> None:
    stub.answers = [lambda _: (400, {"__type": "AccessDeniedException"})]
    with pytest.raises(ServiceUnavailable, match=r"refused.*AccessDenied"):
        reader.read(KEYS[:1])
    assert len(stub.requests) == 1


def test_an_address_where_nobody_listens_is_unavailable(
    reader: DynamoReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb_reader, "_DEADLINE_S", 0.05)
    reader._connection = Connection("http://127.0.0.1:1")
    with pytest.raises(ServiceUnavailable, match=r"ConnectionRefused|refused"):
        reader.read(KEYS[:1])
