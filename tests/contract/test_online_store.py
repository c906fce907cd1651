"""The contract of OnlineStore, and of Materializations."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_online import DynamoMaterializations, DynamoOnlineStore
from keepfit.adapters.memory.online import MemoryMaterializations, MemoryOnlineStore
from keepfit.errors import Conflict
from keepfit.features.online.materialization import Materialization, Materializations
from keepfit.features.online.ports import Held, ItemKey, OnlineStore, Write

AT = datetime(2013, 1, 1, tzinfo=UTC)
NORTH = ItemKey('stations#["north"]', "latest")


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> OnlineStore:
    if request.param == "memory":
        return MemoryOnlineStore()
    return DynamoOnlineStore(table=request.getfixturevalue("registry_table"))


@pytest.fixture(params=["memory", "dynamodb"])
def progress(request: pytest.FixtureRequest) -> Materializations:
    if request.param == "memory":
        return MemoryMaterializations()
    return DynamoMaterializations(table=request.getfixturevalue("registry_table"))


def test_nothing_is_held_at_first(store: OnlineStore) -> None:
    assert store.read([NORTH]) == {}
    assert store.read([]) == {}


def test_what_is_written_is_read_with_how_often_it_was(store: OnlineStore) -> None:
    store.write(NORTH, "[1]", after=0, expires_at=AT)
    store.write(NORTH, "[2]", after=1, expires_at=None)
    assert store.read([NORTH]) == {NORTH: Held("[2]", 2)}


@pytest.mark.parametrize("after", [0, 2])
def test_a_writer_who_saw_something_else_is_told_and_changes_nothing(store: OnlineStore, after: int) -> None:
    store.write(NORTH, "[1]", after=0, expires_at=None)
    with pytest.raises(Conflict):
        store.write(NORTH, "[2]", after=after, expires_at=None)
    assert store.read([NORTH]) == {NORTH: Held("[1]", 1)}


def test_many_items_are_written_at_once_each_under_its_own_condition(store: OnlineStore) -> None:
    keys = [ItemKey(f"stations#[{number}]", "latest") for number in range(120)]
    store.write(keys[7], "[7]", after=0, expires_at=None)
    took = store.write_all([Write(key, "[]", 0, AT) for key in keys])
    assert [key for key, done in zip(keys, took, strict=True) if not done] == [keys[7]]
    held = store.read(keys)
    assert (held.pop(keys[7]), {*held.values()}, len(held)) == (Held("[7]", 1), {Held("[]", 1)}, 119)
    assert store.write_all([Write(key, "[1]", 1, None) for key in keys]) == [True] * 120
    assert store.write_all([]) == []


def test_many_items_are_read_at_once(store: OnlineStore) -> None:
    keys = [ItemKey(f"stations#[{number}]", "latest") for number in range(130)]
    for key in keys[::2]:
        store.write(key, key.entity, after=0, expires_at=None)
    assert {key: held.body for key, held in store.read(keys).items()} == {k: k.entity for k in keys[::2]}


def test_an_item_says_when_it_may_go(registry_table: str) -> None:
    DynamoOnlineStore(table=registry_table).write(NORTH, "[]", after=0, expires_at=AT)
    key = {"pk": {"S": NORTH.entity}, "sk": {"S": NORTH.item}}
    item = client("dynamodb").get_item(TableName=registry_table, Key=key)["Item"]
    assert item["expires_at"] == {"N": "1356998400"}


def test_progress_is_kept_by_view(progress: Materializations) -> None:
    state = Materialization(digest="d", version=0, target=3, units=2, done=1, revision=1)
    progress.put("stations", state)
    assert progress.get("stations") == state
    assert progress.get("airports") is None


def test_of_two_that_materialise_one_view_one_is_told(progress: Materializations) -> None:
    progress.put("stations", Materialization(digest="d", revision=1))
    progress.put("stations", Materialization(digest="d", version=1, target=1, revision=2))
    for revision in (1, 2):
        with pytest.raises(Conflict):
            progress.put("stations", Materialization(digest="d", revision=revision))
    assert progress.get("stations") == Materialization(digest="d", version=1, target=1, revision=2)
