"""The contract of Events."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.eventbridge import EventBridge
from keepfit.adapters.memory.features import MemoryEvents
from keepfit.errors import ServiceUnavailable
from keepfit.events import Events

Sent = Callable[[], list[tuple[str, dict[str, Any]]]]


@pytest.fixture(params=["memory", "eventbridge"])
def bus(request: pytest.FixtureRequest) -> tuple[Events, Sent]:
    if request.param == "memory":
        memory = MemoryEvents()
        return memory, lambda: memory.sent
    request.getfixturevalue("aws")
    entries: list[dict[str, Any]] = []

    def asked(params: dict[str, Any], **_: Any) -> None:
        entries.extend(params["Entries"])

    client("events").meta.events.register("provide-client-params.eventbridge.PutEvents", asked)

    def sent() -> list[tuple[str, dict[str, Any]]]:
        assert all(entry["Source"] == "keepfit" and "EventBusName" not in entry for entry in entries)
        return [(entry["DetailType"], json.loads(entry["Detail"])) for entry in entries]

    return EventBridge(), sent


def test_an_event_arrives_with_its_type_and_detail(bus: tuple[Events, Sent]) -> None:
    events, sent = bus
    detail = {"dataset": "flights", "version": 3, "rows": 25000, "first_event": "2013-01-01T00:00:00.000000Z"}
    events.put("Dataset Updated", detail)
    assert sent() == [("Dataset Updated", detail)]


def test_an_event_that_the_bus_refuses_is_an_error(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "later"}]}
    monkeypatch.setattr(client("events"), "put_events", lambda **_: refusal)
    with pytest.raises(ServiceUnavailable, match="InternalFailure"):
        EventBridge().put("Dataset Updated", {})
