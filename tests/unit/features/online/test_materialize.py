"""Materialisation reads what is new, goes on where it was, and takes back what is withdrawn."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from keepfit.adapters.memory.online import MemoryOnlineStore
from keepfit.errors import Conflict, ServiceUnavailable
from keepfit.features.online import materialize
from tests.unit.features.support.online import NOW, START, Online, view

HEADER = "station,probe,moment,known,rain,sky,seen\n"


def upload(*lines: str) -> bytes:
    return (HEADER + "\n".join(lines)).encode()


def reading(station: str, minute: int, rain: float) -> str:
    at = (START + timedelta(minutes=minute)).isoformat()
    return f"{station},1,{at},{at},{rain},,"


FIRST = upload(reading("north", 0, 1), reading("south", 0, 2))
SECOND = upload(reading("north", 60, 3))
LATER = START + timedelta(hours=2)


@pytest.fixture
def online() -> Online:
    online = Online(view())
    online.place.upload("flights/a.csv", FIRST)
    online.materialize()
    return online


def test_only_parts_that_came_since_are_read(online: Online) -> None:
    online.place.upload("flights/b.csv", SECOND)
    state = online.materialize()
    assert state is not None
    assert (state.version, state.entities, state.written) == (2, 1, 1)
    assert online.served("north", LATER) == [3.0, None, None]


def test_nothing_new_is_nothing_to_do(online: Online) -> None:
    before = dict(online.store.items)
    assert online.materialize() == online.progress.get("stations")
    assert online.store.items == before


def test_anew_reads_everything_and_writes_what_differs(online: Online) -> None:
    before = dict(online.store.items)
    state = online.materialize(anew=True)
    assert state is not None
    assert (state.entities, state.written) == (2, 0)
    assert online.store.items == before


def test_a_withdrawn_upload_leaves_what_was_there_before_it(online: Online) -> None:
    online.place.upload("flights/b.csv", SECOND)
    online.materialize()
    online.place.withdraw(SECOND)
    online.materialize()
    assert online.served("north", LATER) == [1.0, None, None]


def test_a_view_whose_dataset_was_withdrawn_knows_nothing_any_more(online: Online) -> None:
    online.place.withdraw(FIRST)
    state = online.materialize()
    assert state is not None
    assert state.written == 2
    assert online.served("north", LATER) == [None, None, None]
    assert {*online.store.expiries.values()} == {NOW + timedelta(days=1)}


def test_it_goes_on_where_it_was_interrupted(online: Online, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(materialize, "_ROWS_OF_A_UNIT", 1)
    online.place.upload("flights/b.csv", upload(*(reading(str(n), 5, n) for n in range(6))))
    state = online.materializing.run(lambda: False)
    seen = [(state.done, state.units)] if state else []
    while state is not None and state.unfinished:
        state = online.materializing.run(lambda: False)
        seen += [(state.done, state.units)] if state else []
    assert seen == [(done, 6) for done in range(1, 7)]
    assert [online.served(str(n), LATER)[0] for n in range(6)] == [float(n) for n in range(6)]


def test_a_failure_in_the_middle_is_repaired_by_the_next_call(
    online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    online.place.upload("flights/b.csv", upload(*(reading(str(n), 5, n) for n in range(9))))
    write, calls = MemoryOnlineStore.write, count(1)

    def failing(*arguments: Any, **named: Any) -> None:
        if next(calls) == 4:
            raise ServiceUnavailable("the store is gone")
        write(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(MemoryOnlineStore, "write", failing)
        with pytest.raises(ServiceUnavailable):
            online.materialize()
    online.materialize()
    assert [online.served(str(n), LATER)[0] for n in range(9)] == [float(n) for n in range(9)]


def test_another_definition_makes_it_anew(online: Online) -> None:
    definition = online.view.definition
    fewer = type(definition)(
        dataset="flights", entity=["station"], latest=["rain"], ttl=definition.ttl, online=True
    )
    online.view = dataclasses.replace(online.view, definition=fewer)
    state = online.materialize()
    assert state is not None
    assert (state.version, state.entities, state.written) == (1, 2, 2)


def test_of_two_at_once_one_is_told_and_nothing_is_lost(online: Online) -> None:
    online.place.upload("flights/b.csv", SECOND)
    stale = online.progress.get("stations")
    online.materialize()
    assert stale is not None
    online.progress.states["stations"] = stale
    state = online.materialize()
    assert state is not None
    assert state.written == 0
    with pytest.raises(Conflict):
        online.progress.put("stations", stale)
