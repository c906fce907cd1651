"""An upload that stands out is kept from the data until a person decides, and every decision is on record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from keepfit.errors import Conflict
from keepfit.features.datasets.manifest import Manifest
from keepfit.features.datasets.records import Discarded
from keepfit.features.ingest.ingest import Ingest
from tests.unit.features.support.ingesting import BETTER, GOOD, Place

KEY = "flights/b.csv"


class Suspicious:
    """Takes every upload after the first for one that stands out, and notes what it was compared with."""

    def __init__(self) -> None:
        self.compared: list[int] = []

    def anomalies(self, part: Path, version: Manifest) -> list[str]:
        assert part.is_file()
        self.compared.append(version.version)
        return ["late is never true, which was 50% of the rows before"]


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def ingest(place: Place) -> Ingest:
    place.upload("flights/a.csv", GOOD)
    return replace(place.ingest, screening=Suspicious())


def test_what_stands_out_is_no_data_and_waits_with_its_reason(place: Place, ingest: Ingest) -> None:
    held = ingest.take(KEY, place.intake.put(KEY, BETTER))
    assert (held.outcome, place.records.newest("flights")) == ("refused", 1)
    [refusal] = place.records.refusals("flights", 10)
    assert refusal.held
    assert refusal.discarded is None
    assert refusal.reason == held.reason
    assert "late is never true" in refusal.reason
    assert "keepfit quarantine release flights flights/b.csv" in refusal.reason
    assert refusal.rows == 2
    assert [detail["version"] for _, detail in place.events.sent] == [1]


def test_the_first_upload_has_nothing_to_stand_out_of(place: Place) -> None:
    suspicious = Suspicious()
    taken = replace(place.ingest, screening=suspicious).take(KEY, place.intake.put(KEY, GOOD))
    assert (taken.outcome, suspicious.compared) == ("taken", [])


def test_what_a_person_releases_comes_in(place: Place, ingest: Ingest) -> None:
    ingest.take(KEY, place.intake.put(KEY, BETTER))
    released = ingest.again(KEY, "1", who="ada", why="a new carrier")
    assert (released.outcome, released.version, released.rows) == ("taken", 2, 1)
    assert ingest.take(KEY, "1").outcome == "already taken"


def test_what_a_person_discards_stays_out_however_often_it_is_delivered(place: Place, ingest: Ingest) -> None:
    ingest.take(KEY, place.intake.put(KEY, BETTER))
    discarded = ingest.discard(KEY, "1", who="ada", why="a test file")
    assert (discarded.outcome, discarded.reason) == ("discarded", "a test file")
    ingest.take(KEY, "1")
    [refusal] = place.records.refusals("flights", 10)
    assert refusal.discarded == Discarded(who="ada", why="a test file", at="2013-04-01T00:00:00.000000Z")
    assert place.records.newest("flights") == 1


def test_only_what_is_held_can_be_discarded(place: Place, ingest: Ingest) -> None:
    with pytest.raises(Conflict, match="not held"):
        ingest.discard("flights/a.csv", "1", who="ada", why="a test file")
