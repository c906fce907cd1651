"""Windows online equal those of training at the same instant, however rows come and go."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed

from keepfit.features.online.readings import ItemsRead
from keepfit.features.online.revisions import micros
from keepfit.features.online.tiles import write as tiles
from keepfit.instants import from_iso, to_iso
from tests.unit.features.support.landings import CARRIERS, NOW, START, Landings, compiled, landing

DAYS = 30


@pytest.fixture
def landings(tmp_path: Path) -> Landings:
    return Landings(*compiled(tmp_path))


def moments(source: random.Random, count: int) -> list[tuple[str, datetime]]:
    """Random instants, many of them on the edges of buckets and windows."""
    steps = [timedelta(minutes=30 * source.randrange(DAYS * 48)) for _ in range(count)]
    shifts = [timedelta(microseconds=source.choice([0, 0, 1, -1, 1_234_567_890])) for _ in range(count)]
    return [
        (source.choice([*CARRIERS, "ZZ"]), START + step + shift)
        for step, shift in zip(steps, shifts, strict=True)
    ]


def check(landings: Landings, source: random.Random, folder: Path, count: int = 60) -> int:
    """Compares random instants; returns how many values there were."""
    asked = moments(source, count)
    trained = landings.trained_on(asked, folder)
    values = 0
    for (carrier, moment), expected in zip(asked, trained, strict=True):
        served = landings.served(carrier, moment)
        for name, value in expected.items():
            if name.startswith("p90") and value is not None:
                assert served[name] == pytest.approx(value, rel=0.0101, abs=1e-9), (carrier, moment, name)
            elif name == "spread" and value is not None:  # both round a root
                assert served[name] == pytest.approx(value, rel=1e-9, abs=1e-9), (carrier, moment, name)
            else:
                assert served[name] == value, (carrier, moment, name)
            values += value is not None
    return values


@pytest.mark.parametrize("seed", range(2))
def test_a_stream_that_is_replayed_gives_what_training_has(
    landings: Landings, tmp_path: Path, seed: int
) -> None:
    source = random.Random(f"stream {seed}")
    uploads = []
    for number in range(8):
        rows = [landing(source, days=DAYS) for _ in range(25)]
        if source.random() < 0.4:
            uploads.append(landings.upload(f"file{number}", [*rows, *rows[:3]]))
        else:
            landings.write(rows)
            landings.write(rows[:5], event_id=f"again-{number}")
        if source.random() < 0.3:
            landings.ingest()
            landings.materialize()
    landings.ingest()
    landings.materialize()
    assert check(landings, source, tmp_path) > 100
    landings.place.withdraw(source.choice(uploads))
    landings.materialize()
    assert check(landings, source, tmp_path, 30) > 50


def test_moments_that_share_items_get_what_each_gets_alone(landings: Landings) -> None:
    source = random.Random(8)
    landings.upload("a", [landing(source, days=DAYS) | {"carrier": "AA"} for _ in range(60)])
    landings.materialize()
    partition = landings.view.scope.entity('["AA"]')
    items = ItemsRead(
        {key.item: held.body for key, held in landings.store.items.items() if key.entity == partition}
    )
    for _, moment in moments(source, 40):
        assert landings.reader.read(items, ItemsRead({}), micros(moment), 0).values == landings.served(
            "AA", moment
        )


def test_what_is_written_counts_before_it_is_data_and_once_when_it_is(landings: Landings) -> None:
    rows = [landing(random.Random(n), days=1) | {"carrier": "AA", "minutes": 1.5} for n in range(9)]
    landings.write(rows, event_id="a")
    at = START + timedelta(days=5)
    before = landings.served("AA", at)
    assert before["total_7d"] == 1.5 * len({str(row) for row in rows})
    tiles = {key for key in landings.store.items if "/" in key.item}
    landings.write(rows, event_id="a")
    landings.ingest()
    landings.materialize()
    landings.materialize(anew=True)
    assert landings.served("AA", at) == before
    assert tiles == {key for key in landings.store.items if "/" in key.item}


def test_a_tile_that_was_not_made_of_its_rows_is_made_good(landings: Landings, tmp_path: Path) -> None:
    """As after a crash between the rows of a bucket and what is made of them."""
    source = random.Random(3)
    landings.upload("a", [landing(source, days=DAYS) for _ in range(80)])
    landings.materialize()
    for key in [key for key in landings.store.items if "/happened/" not in key.item]:
        del landings.store.items[key]
    landings.materialize(anew=True)
    assert check(landings, source, tmp_path, 30) > 50


def test_an_entity_with_too_many_events_is_told_and_its_windows_are_missing(
    landings: Landings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "MAX_ROWS", 5)
    rows: list[dict[str, Any]] = [
        landing(random.Random(n), days=1)
        | {
            "carrier": "AA",
            "scheduled": f"2013-01-02T00:00:0{n}Z",
            "landed": "2013-01-02T00:30:00Z",
            "minutes": n,
        }
        for n in range(6)
    ]
    written = landings.write(rows)
    assert (written.accepted, written.online, written.crowded) == (6, True, ['delays ["AA"]'])
    at = START + timedelta(days=1, hours=2)
    served = landings.served("AA", at)
    assert served["flights_3h"] is None
    assert landings.served("UA", at)["flights_3h"] == 0
    assert served["minutes"] == 5.0
    landings.ingest()
    assert landings.place.newest.rows == 6


def test_a_bulk_that_became_known_at_once_is_missing_at_that_instant_alone(
    landings: Landings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "MAX_BYTES", 6_000)
    rows = [
        landing(random.Random(n), days=20) | {"carrier": "AA", "landed": "2013-01-25T10:30:00Z"}
        for n in range(60)
    ]
    landings.upload("a", rows)
    landings.materialize()
    then, later = START + timedelta(days=24, hours=11, minutes=15), START + timedelta(days=25, hours=12)
    assert landings.served("AA", then)["flights_20d"] is None
    [trained] = landings.trained_on([("AA", later)], tmp_path)
    assert landings.served("AA", later)["flights_20d"] == trained["flights_20d"]
    assert trained["flights_20d"] > 20


def test_tiles_of_another_definition_serve_what_they_have_in_common(
    tmp_path: Path, landings: Landings
) -> None:
    source = random.Random(5)
    landings.upload("a", [landing(source, days=2) | {"carrier": "AA"} for _ in range(50)])
    definition = landings.view.definition
    fewer = {name: one for name, one in definition.aggregated.items() if name != "least"}
    landings.view, whole = (
        replace(landings.view, definition=changed(definition, aggregates=fewer)),
        landings.view,
    )
    landings.materialize()
    landings.view = whole
    at = START + timedelta(days=2)
    served = landings.served("AA", at)
    assert served["least"] is None
    assert served["flights_20d"] > 9
    landings.materialize()
    assert landings.served("AA", at)["least"] is not None


def test_what_no_window_reaches_is_not_written_and_earlier_moments_find_none(
    landings: Landings, tmp_path: Path
) -> None:
    source = random.Random(9)
    landings.upload("a", [landing(source, days=DAYS) | {"carrier": "AA"} for _ in range(60)])
    reach = START + timedelta(days=29)
    landings.materialize(as_of=reach)
    few = len(landings.store.items)
    assert landings.served("AA", reach)["flights_3h"] is not None
    early = reach - timedelta(microseconds=1)
    assert set(landings.served("AA", early).values()) <= {None, landings.served("AA", early)["minutes"]}
    asked = [("AA", reach + timedelta(minutes=37 * n)) for n in range(40)]
    for (carrier, moment), expected in zip(asked, landings.trained_on(asked, tmp_path), strict=True):
        served = landings.served(carrier, moment)
        assert {name: served[name] for name in ("total_20d", "flights_1d", "late_rate_7d")} == {
            name: expected[name] for name in ("total_20d", "flights_1d", "late_rate_7d")
        }
    landings.materialize(anew=True, as_of=START)
    assert few < len(landings.store.items)
    assert check(landings, source, tmp_path, 20) > 30


def test_a_replay_is_answered_until_its_tiles_may_go_and_longer_after_another_backfill(
    landings: Landings,
) -> None:
    landings.write([landing(random.Random(1), days=1) | {"carrier": "AA", "minutes": 1}])
    landings.ingest()
    state = landings.materialize()
    assert state is not None
    assert state.until is not None
    at, until = START + timedelta(days=3), from_iso(state.until)
    assert until == NOW + timedelta(days=21, minutes=30)
    assert landings.served("AA", at, now=until)["flights_20d"] == 1
    assert landings.served("AA", at, now=until + timedelta(seconds=1))["flights_20d"] is None
    written = {key: held.writes for key, held in landings.store.items.items() if "/" in key.item}
    landings.materialize(anew=True)
    # What stays as it is is written again all the same, so that it lasts as long as is said.
    assert all(landings.store.items[key].writes == writes + 1 for key, writes in written.items())


def test_views_reach_a_day_back_by_themselves(landings: Landings) -> None:
    landings.upload("a", [landing(random.Random(1), days=DAYS) | {"carrier": "AA"}])
    state = landings.materialize(as_of=None)
    assert state is not None
    assert state.reach == to_iso(NOW - timedelta(days=1))
    # The flight of January is of no window of March: nothing is kept of it but its newest values.
    assert {key.item for key in landings.store.items} <= {"latest", "reach"}


def test_tiles_that_are_written_twice_are_as_they_were(landings: Landings) -> None:
    landings.upload("a", [landing(random.Random(n), days=3) | {"carrier": "AA"} for n in range(9)])
    first = landings.materialize()
    assert first is not None
    assert first.written > 9
    at, keys = START + timedelta(days=3), {*landings.store.items}
    before = landings.served("AA", at)
    assert before["flights_20d"] > 0
    again = landings.materialize(anew=True)
    assert again is not None
    assert (again.entities, {*landings.store.items}) == (first.entities, keys)
    assert landings.served("AA", at) == before


def test_windows_of_a_dataset_that_was_withdrawn_are_empty(landings: Landings) -> None:
    upload = landings.upload("a", [landing(random.Random(1), days=1) | {"carrier": "AA", "minutes": 1}])
    landings.materialize()
    at = START + timedelta(days=5)
    assert landings.served("AA", at)["flights_20d"] == 1
    landings.place.withdraw(upload)
    landings.materialize()
    served = landings.served("AA", at)
    assert (served["flights_20d"], served["total_20d"], served.get("minutes")) == (0, None, None)


def test_tiles_go_when_no_window_reaches_them(landings: Landings) -> None:
    landings.write([landing(random.Random(1), days=1) | {"carrier": "AA", "minutes": 1}])
    kept = [at - NOW for key, at in landings.store.expiries.items() if at and "/happened/" in key.item]
    assert kept
    assert all(timedelta(days=21) <= left <= timedelta(days=23) for left in kept)
