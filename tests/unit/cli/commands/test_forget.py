"""An entity is named by field and value, and what became of it is told without naming it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cli.commands import forget_requests
from cli.places.deployment import Deployment
from keepfit.features.forgetting.record import Forgotten, ForgottenObject, TrainedOn
from keepfit.views.stores import DatasetStores
from tests.unit.cli.conftest import Invoked, Keepfit

RECORD = Forgotten(
    id="20130301T000000-aa",
    dataset="flights",
    field="pilot",
    salt="00",
    digest="d1",
    who="ada",
    why="a letter",
    at="2013-03-01T00:00:00.000000Z",
    finished_at="2013-03-01T00:01:00.000000Z",
    rows=3,
    versions=[7],
    objects=[ForgottenObject(place="rows", key="k", version_id="v", rows=3, removed=True)],
    trained=[TrainedOn(model="delay", run_id="r1", data_version=6, version=2)],
)


def answers(**changed: Any) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(RECORD, **changed))
    return told


def test_an_entity_is_forgotten_by_field_and_value(
    keepfit: Keepfit, flights: DatasetStores, invoked: Invoked
) -> None:
    invoked.answers["forget"] = answers()
    asked = keepfit("datasets", "forget", "flights", "pilot=O'Hara=x", "--why", "a letter", "--no-train")
    [(_, order)] = invoked.calls
    assert order.pop("who")
    assert order == {
        "dataset": "flights",
        "field": "pilot",
        "value": "O'Hara=x",
        "why": "a letter",
        "train": False,
        "dry_run": False,
    }
    assert asked.exit_code == 0
    assert "O'Hara" not in asked.stdout
    assert all(word in asked.stdout for word in ("rows left out", "delay", "r1"))


def test_what_is_not_finished_is_asked_again_as_long_as_there_is_patience(
    keepfit: Keepfit, flights: DatasetStores, invoked: Invoked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget_requests, "_PAUSE_S", 0)
    invoked.answers["forget"] = answers(finished_at=None, waits=["run r1 of delay is under way"])
    asked = keepfit("datasets", "forget", "flights", "pilot=ana", "--timeout", "0.05")
    assert asked.exit_code == 6
    assert len(invoked.calls) > 1
    assert "run r1 of delay is under way" in asked.stdout
    assert "give the same command again later" in asked.stderr


def test_a_look_asks_once_and_says_so(keepfit: Keepfit, flights: DatasetStores, invoked: Invoked) -> None:
    invoked.answers["forget"] = answers(finished_at=None)
    asked = keepfit("datasets", "forget", "flights", "pilot=ana", "--dry-run", "--json")
    assert (asked.exit_code, len(invoked.calls), invoked.calls[0][1]["dry_run"]) == (0, 1, True)
    assert asked.json["rows"] == 3


@pytest.mark.parametrize(("dataset", "entity", "code"), [("flights", "ana", 2), ("fights", "pilot=ana", 3)])
def test_what_is_not_understood_is_not_asked(
    keepfit: Keepfit, flights: DatasetStores, invoked: Invoked, dataset: str, entity: str, code: int
) -> None:
    assert keepfit("datasets", "forget", dataset, entity).exit_code == code
    assert invoked.calls == []


def test_records_are_listed(keepfit: Keepfit, flights: DatasetStores, deployment: Deployment) -> None:
    deployment.forgotten.put(RECORD)
    [listed] = keepfit("datasets", "forgotten", "flights", "--json").json
    assert (listed["id"], listed["versions"]) == (RECORD.id, [7])
    assert "a letter" in keepfit("datasets", "forgotten", "flights").stdout
