"""Rows that are written in real time are durable first, and requests see them at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from keepfit.adapters.memory.online import MemoryOnlineStore
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.errors import InvalidRequest, ServiceUnavailable
from keepfit.features.live.upload import MAX_ROWS
from keepfit.features.online.write import WritingFeatures, Written
from keepfit.instants import to_iso
from tests.unit.features.support.online import NOW, START, Online, view

LATER = START + timedelta(hours=2)


def row(station: str = "north", minute: int = 0, rain: Any = 1.5) -> dict[str, Any]:
    at = to_iso(START + timedelta(minutes=minute))
    return {
        "station": station,
        "probe": 1,
        "moment": at,
        "known": at,
        "rain": rain,
        "sky": "clear",
        "seen": None,
    }


@dataclass
class Live:
    """Rows of stations, as clients write them and as ingest takes them afterwards."""

    online: Online = field(default_factory=lambda: Online(view()))
    intake: MemoryArtifacts = field(default_factory=MemoryArtifacts)

    @property
    def writing(self) -> WritingFeatures:
        return WritingFeatures(
            view=self.online.view,
            views=[self.online.view],
            intake=self.intake,
            records=self.online.place.records,
            store=self.online.store,
            clock=lambda: NOW,
        )

    def write(self, *rows: Any, event_id: str | None = None) -> Written:
        return self.writing.write(rows, event_id)

    def ingest(self, event_id: str = "") -> None:
        """Takes what lies in the intake into the dataset, or one event."""
        for key in self.intake.list(f"flights/live/{event_id}"):
            self.online.place.upload(key, self.intake.get(key))

    def rain(self, station: str = "north") -> Any:
        return self.online.served(station, LATER)[0]


def problems(error: pytest.ExceptionInfo[InvalidRequest]) -> list[tuple[int, str, str]]:
    return list(error.value.details)


def test_a_row_is_in_the_intake_and_seen_by_the_next_request() -> None:
    live = Live()
    written = live.write(row(rain=2.5), event_id="landing-1")
    assert (written.accepted, written.refused, written.online) == (1, [], True)
    assert live.rain() == 2.5
    assert json.loads(live.intake.get("flights/live/landing-1.jsonl")) == row(rain=2.5)


def test_what_the_dataset_takes_of_it_later_changes_nothing() -> None:
    live = Live()
    live.write(row("north", 0, 1), row("south", 0, 2), row("north", 5, 3), event_id="a")
    live.ingest()
    assert live.online.place.newest.rows == 3
    before = live.online.revisions()
    live.online.materialize()
    # What alone differs is when it came, by the intake's own clock.
    assert [replace(one, uploaded=0) for one in live.online.revisions()] == [
        replace(one, uploaded=0) for one in before
    ]


def test_materialisation_makes_good_what_a_write_lost_and_a_withdrawal_takes_it_back() -> None:
    live = Live()
    live.write(row(rain=2.5))
    live.online.store.items.clear()
    live.ingest()
    live.online.materialize()
    assert live.rain() == 2.5
    [key] = live.intake.list("flights/live/")
    live.online.place.withdraw(live.intake.get(key))
    live.online.materialize()
    assert live.rain() is None


def test_the_same_event_again_changes_nothing() -> None:
    live = Live()
    live.write(row(), event_id="a")
    items = dict(live.online.store.items)
    assert live.write(row(), event_id="a").accepted == 1
    assert live.write(row()).accepted == live.write(row()).accepted == 1
    assert len(live.intake.list("flights/live/")) == 2
    assert {key: held.writes for key, held in items.items()} == {
        key: held.writes for key, held in live.online.store.items.items()
    }


def test_other_rows_under_the_name_of_an_event_are_refused() -> None:
    live = Live()
    live.write(row(rain=1), event_id="a")
    with pytest.raises(InvalidRequest, match="wrote other rows before") as error:
        live.write(row(rain=2), event_id="a")
    assert error.value.code == "event_id_used"
    assert live.rain() == 1


def test_an_older_event_does_not_displace_a_newer_one() -> None:
    live = Live()
    live.write(row(minute=60, rain=3))
    live.write(row(minute=30, rain=2))
    assert live.rain() == 3


def test_bad_rows_are_named_and_on_record_and_good_ones_are_written() -> None:
    live = Live()
    future = to_iso(NOW + timedelta(days=2))
    written = live.write(
        row(rain=2.5),
        {**row(), "probe": "seven"},
        {**row(), "moment": future, "known": future},
        {**row(), "gate": 7},
        {key: value for key, value in row().items() if key != "probe"},
        "no object",
    )
    assert written.accepted == 1
    assert [(one.row, one.field, one.message) for one in written.refused] == [
        (1, "probe", "is not a number"),
        (2, "known", "is later than now, and what is not known yet cannot be written"),
        (3, "gate", "is not a field of the dataset"),
        (4, "probe", "is missing"),
        (5, "", "is not an object of fields"),
    ]
    [refusal] = live.online.place.records.refusals("flights", 9)
    assert (refusal.rows, refusal.bad_rows) == (6, 5)
    assert refusal.reason.startswith(
        "5 of 6 rows that were written in real time are bad; row 1: probe is not"
    )
    assert live.rain() == 2.5


def test_where_no_row_is_good_nothing_is_written() -> None:
    live = Live()
    with pytest.raises(InvalidRequest, match="no row is what the dataset holds") as error:
        live.write({**row(), "rain": "much"})
    assert problems(error) == [(0, "rain", "is not a number")]
    assert live.intake.list("") == []
    assert live.online.store.items == {}


def test_a_row_of_no_entity_is_data_and_nobody_s_feature() -> None:
    live = Live()
    assert live.write({**row(), "station": None}).accepted == 1
    assert live.online.store.items == {}


@pytest.mark.parametrize(
    ("rows", "event_id", "code"),
    [
        ([], None, "no_rows"),
        ([{}] * (MAX_ROWS + 1), None, "too_many_rows"),
        ([row()], "a/b", "invalid_event_id"),
    ],
)
def test_a_request_that_is_no_event_is_refused(rows: list[Any], event_id: str | None, code: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        Live().write(*rows, event_id=event_id)
    assert error.value.code == code


def test_the_dataset_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    live = Live()

    def fails(*_: object, **__: object) -> None:
        raise ServiceUnavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(MemoryArtifacts, "put_new", fails)
        with pytest.raises(ServiceUnavailable):
            live.write(row())
        assert live.online.store.items == {}
    with monkeypatch.context() as patched:
        patched.setattr(MemoryOnlineStore, "write", fails)
        assert live.write(row()).online is False
    assert len(live.intake.list("flights/live/")) == 1
    assert live.write(row()).online is True
    assert live.rain() == 1.5
