"""The function of POST /features/{view}, as API Gateway calls it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.errors import ServiceUnavailable
from tests.functions.conftest import Load
from tests.functions.live_writes import Ask, asking
from tests.functions.test_ingest_upload import intake
from tests.functions.test_materialize_features import handler, served

__all__ = ["handler", "intake"]

ROW = {"station": "north", "moment": "2013-01-01T02:00:00Z", "rain": 7.5}


@pytest.fixture
def ask(handler: Any, load: Load, context: SimpleNamespace) -> Ask:
    """Asks the function; a view of weather is online, and an upload of it was taken."""
    respond = load("write_features/handler").handler
    return asking(respond, context, path="/features/{view}", named="rain", groups="[feature-writers]")


def test_rows_are_written_to_the_intake_and_seen(ask: Ask) -> None:
    status, written = ask({"rows": [ROW], "event_id": "gauge-1"})
    assert (status, written["accepted"], written["online"]) == (200, 1, True)
    assert served("north") == ["found", 7.5]
    stored = client("s3").get_object(Bucket="intake", Key="weather/live/gauge-1.jsonl")["Body"].read()
    assert json.loads(stored) == ROW
    assert ask({"rows": [ROW], "event_id": "gauge-1"}) == (status, written)
    status, refused = ask({"rows": [{**ROW, "rain": 8}], "event_id": "gauge-1"})
    assert (status, refused["code"]) == (409, "event_id_used")
    assert served("north") == ["found", 7.5]


def test_what_the_online_store_misses_is_answered_202(ask: Ask) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("keepfit.adapters.aws.dynamodb_online.DynamoOnlineStore.read", _fails)
        status, written = ask({"rows": [ROW]})
    assert (status, written["online"]) == (202, False)


def test_refused_rows_are_answered_and_on_record(ask: Ask) -> None:
    status, refused = ask({"rows": [{**ROW, "rain": "wet"}]})
    assert (status, refused["code"]) == (400, "invalid_rows")
    assert refused["errors"] == [{"row": 0, "field": "rain", "message": "is not a number"}]
    [refusal] = DynamoDatasets(table="registry").refusals("weather", 9)
    assert refusal.reason.endswith("row 0: rain is not a number")


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"groups": "[readers]"}, 403, "not_allowed"),
        ({"groups": ""}, 403, "not_allowed"),
        ({"named": "snow"}, 404, "unknown_view"),
        ({"body": "{"}, 400, "invalid_json"),
        ({"body": {"rows": [], "more": 1}}, 400, "invalid_json"),
        ({"body": {"rows": [{}] * 501}}, 413, "too_many_rows"),
    ],
)
def test_what_is_no_write_is_refused(ask: Ask, asked: dict[str, Any], status: int, code: str) -> None:
    answered, body = ask(asked.pop("body", {"rows": [ROW]}), **asked)
    assert (answered, body["code"]) == (status, code)
    assert "Contents" not in client("s3").list_objects_v2(Bucket="intake", Prefix="weather/live/")


def _fails(*_: object) -> None:
    raise ServiceUnavailable("gone")
