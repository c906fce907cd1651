"""Uploads are taken back once, for everybody, and older versions stay as they were."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from keepfit.adapters.memory.features import MemoryDatasets
from keepfit.errors import Conflict, NotFound, ServiceUnavailable
from keepfit.features.datasets.manifest import Cause, Counted
from keepfit.features.datasets.records import FileRecord
from keepfit.features.ingest import version_comparison
from keepfit.features.schema.definition import Field
from keepfit.instants import Duration
from tests.unit.features.support.ingesting import BETTER, DEFINITION, GOOD, STEPS, Dying, Place, redefined

ALIKE = b"moment,late\n2013-01-02,\n2013-01-05,true\n"


@pytest.fixture
def place() -> Place:
    """Two uploads are taken."""
    place = Place()
    place.upload("flights/a.csv", GOOD)
    place.upload("flights/b.csv", BETTER)
    return place


def test_the_next_version_is_without_the_upload_and_says_who_wanted_it_and_why(place: Place) -> None:
    before = place.newest
    withdrawn = place.withdraw(GOOD)
    assert (withdrawn.outcome, withdrawn.key, withdrawn.version, withdrawn.rows) == (
        "withdrawn",
        "flights/a.csv",
        3,
        2,
    )
    now = place.newest
    assert [part.source.key for part in now.parts] == ["flights/b.csv"]
    assert (now.parent, now.rows, now.first_event) == (2, 1, "2013-01-03T00:00:00.000000Z")
    assert now.counted == Counted(rows=1, by=["late", "moment"])
    assert now.cause == Cause(kind="withdrawal", who="ada", why="the wrong month")
    assert now.withdrawn == before.parts[0]


def test_an_older_version_has_its_rows_still(place: Place, tmp_path: Path) -> None:
    before = place.newest
    place.withdraw(GOOD)
    assert place.manifest(2) == before
    place.lake.get_part(place.manifest(2).parts[0], tmp_path / "part")
    assert (tmp_path / "part").read_bytes()[:4] == b"PAR1"


def test_everybody_is_told_that_and_why(place: Place) -> None:
    place.withdraw(GOOD, train=False)
    kind, detail = place.events.sent[-1]
    assert (kind, detail["version"], detail["rows"]) == ("Dataset Updated", 3, 1)
    assert detail["upload"]["key"] == "flights/a.csv"
    assert detail["cause"] == {"kind": "withdrawal", "who": "ada", "why": "the wrong month", "train": False}


def test_an_upload_is_withdrawn_once(place: Place) -> None:
    place.withdraw(GOOD)
    again = place.withdraw(GOOD)
    assert (again.outcome, again.version) == ("already withdrawn", 3)
    assert place.newest.version == 3
    assert place.announced == [1, 2, 3]


def test_what_was_never_uploaded_cannot_be_withdrawn(place: Place) -> None:
    with pytest.raises(NotFound, match="keepfit datasets show flights"):
        place.withdraw(b"moment\n")


def test_a_dataset_without_any_upload_left_holds_nothing_and_is_a_version_all_the_same(place: Place) -> None:
    place.withdraw(GOOD)
    place.withdraw(BETTER)
    empty = place.newest
    assert (empty.version, empty.rows, empty.parts, empty.first_event, empty.schema) == (4, 0, [], None, {})
    assert empty.counted == Counted(rows=0, by=["late", "moment"])
    assert place.upload("flights/c.csv", ALIKE).version == 5
    assert place.newest.counted == Counted(rows=2, by=["late", "moment"])


def test_a_field_may_have_another_type_once_no_upload_holds_it(place: Place) -> None:
    place.withdraw(GOOD)
    place.definition = redefined(late=Field(type="category", nullable=True))
    assert place.upload("flights/c.csv", ALIKE).outcome == "refused"
    place.withdraw(BETTER)
    assert place.upload("flights/d.csv", ALIKE).version == 5
    assert place.newest.schema == place.definition.fields
    assert place.again("flights/b.csv").version == 6


def test_a_second_delivery_does_not_bring_it_back(place: Place) -> None:
    place.withdraw(GOOD)
    late = place.ingest.take("flights/a.csv", "1")
    assert (late.outcome, late.version) == ("withdrawn", 3)
    assert place.newest.version == 3
    assert place.records.refusals("flights", 9) == []


class Overtaken:
    """Records of which ``meanwhile`` happens to the dataset once somebody has looked at a file's."""

    def __init__(self, records: MemoryDatasets, meanwhile: Callable[[], None]) -> None:
        self._records, self._meanwhile = records, [meanwhile]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    def file(self, dataset: str, sha256: str) -> FileRecord | None:
        before = self._records.file(dataset, sha256)
        if self._meanwhile:
            self._meanwhile.pop()()
        return before


def test_a_delivery_that_was_under_way_does_not_bring_it_back_either(place: Place) -> None:
    """It read the file while another delivery of it was taken, and withdrawn."""
    place.intake.put("flights/c.csv", ALIKE)

    def meanwhile() -> None:
        place.ingest.take("flights/c.csv", "1")
        place.withdraw(ALIKE)

    slow = dataclasses.replace(place.ingest, records=Overtaken(place.records, meanwhile))
    assert slow.take("flights/c.csv", "1").outcome == "withdrawn"
    assert place.newest.version == 4
    assert [part.source.key for part in place.newest.parts] == ["flights/a.csv", "flights/b.csv"]


def test_a_withdrawal_does_not_take_what_was_taken_again_meanwhile(place: Place) -> None:
    def meanwhile() -> None:
        place.withdraw(GOOD)
        place.upload("flights/a.csv", GOOD)

    late = dataclasses.replace(place.withdrawing, records=Overtaken(place.records, meanwhile))
    with pytest.raises(Conflict, match="was taken again this moment, in version 4"):
        late.withdraw(place.newest.parts[0].sha256, who="bob", why="the wrong month")
    assert place.newest.version == 4


def test_a_file_whose_content_is_withdrawn_while_it_is_read_is_delivered_anew(place: Place) -> None:
    """It has the content of another upload; which of both it is compared with has just gone."""
    version = place.intake.put("flights/c.csv", GOOD)

    def meanwhile() -> None:
        place.withdraw(GOOD)

    slow = dataclasses.replace(place.ingest, records=Overtaken(place.records, meanwhile))
    with pytest.raises(Conflict):
        slow.take("flights/c.csv", version)
    assert place.ingest.take("flights/c.csv", version).version == 4


def test_a_withdrawn_file_that_is_uploaded_again_comes_in(place: Place) -> None:
    place.withdraw(GOOD)
    taken = place.upload("flights/a.csv", GOOD)
    assert (taken.outcome, taken.version, taken.rows, taken.known_rows) == ("taken", 4, 2, 0)
    assert place.newest.counted == Counted(rows=3, by=["late", "moment"])
    assert place.withdraw(GOOD).version == 5


def test_rows_of_several_uploads_count_until_the_last_of_them_is_withdrawn(place: Place) -> None:
    place.upload("flights/c.csv", ALIKE)
    assert place.newest.counted == Counted(rows=4, by=["late", "moment"])
    place.withdraw(GOOD)
    assert place.newest.counted == Counted(rows=3, by=["late", "moment"])
    place.withdraw(ALIKE)
    assert place.newest.counted == Counted(rows=1, by=["late", "moment"])


def test_rows_that_it_had_replaced_by_their_key_count_again() -> None:
    place = Place(definition=msgspec.structs.replace(DEFINITION, key=["moment"]))
    place.upload("flights/a.csv", GOOD)
    place.upload("flights/c.csv", b"moment,late\n2013-01-02,true\n2013-01-03,true\n")
    assert place.newest.counted == Counted(rows=3, by=["moment"])
    place.withdraw(b"moment,late\n2013-01-02,true\n2013-01-03,true\n")
    assert place.newest.counted == Counted(rows=2, by=["moment"])


def test_how_many_count_is_not_known_where_too_much_is_left_to_compare(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.upload("flights/c.csv", ALIKE)
    monkeypatch.setattr(version_comparison, "MAX_COMPARED_BYTES", 10)
    place.withdraw(GOOD)
    assert (place.newest.version, place.newest.counted) == (4, None)


def test_an_upload_whose_rows_have_expired_can_be_withdrawn(place: Place) -> None:
    place.definition = msgspec.structs.replace(DEFINITION, keep=Duration.parse("400d"))
    del place.lake.objects[place.newest.parts[0].key]
    assert place.withdraw(GOOD).version == 3
    assert place.newest.counted is None


def test_an_upload_can_be_withdrawn_though_its_fields_are_defined_otherwise_now(place: Place) -> None:
    place.definition = redefined(late=Field(type="int"))
    assert place.withdraw(GOOD).version == 3
    assert (place.newest.rows, place.newest.counted) == (1, None)


_OF_READING = {"put_quarantine", "put_report", "put_part", "put_profile"}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("port", "method"), [step for step in STEPS if step[1] not in _OF_READING])
def test_a_crash_anywhere_is_repaired_by_the_same_call(
    place: Place, port: str, method: str, after: bool
) -> None:
    dying = Place(place.intake, place.lake, place.records, place.events)
    setattr(dying, port, Dying(getattr(place, port), method, after=after))
    with pytest.raises(ServiceUnavailable):
        dying.withdraw(GOOD)
    assert place.withdraw(GOOD).version == 3
    assert place.newest.version == 3
    assert set(place.announced) == {1, 2, 3}
    assert len(place.announced) <= 4


@pytest.mark.parametrize(("port", "method"), [("lake", "put_manifest"), ("records", "take")])
def test_a_withdrawal_that_died_holds_nobody_up(place: Place, port: str, method: str) -> None:
    dying = Place(place.intake, place.lake, place.records, place.events)
    setattr(dying, port, Dying(getattr(place, port), method, after=True))
    with pytest.raises(ServiceUnavailable):
        dying.withdraw(GOOD)
    assert place.upload("flights/c.csv", ALIKE).version == 4
    assert [part.source.key for part in place.newest.parts] == ["flights/b.csv", "flights/c.csv"]
    record = place.records.file("flights", place.manifest(1).parts[0].sha256)
    assert record is not None
    assert (record.withdrawn, record.version, record.status) == (True, 3, "taken")


def test_uploads_and_withdrawals_at_the_same_time_all_land_once(place: Place) -> None:
    bodies = [f"moment,late\n2013-02-{day:02},true\n".encode() for day in range(1, 7)]
    for number, body in enumerate(bodies[:3]):
        place.upload(f"flights/early{number}.csv", body)
    for number, body in enumerate(bodies[3:]):
        place.intake.put(f"flights/late{number}.csv", body)
    work = [lambda body=body: place.withdraw(body).version for body in bodies[:3]]
    work += [lambda n=n: place.ingest.take(f"flights/late{n}.csv", "1").version for n in range(3)]
    with ThreadPoolExecutor(6) as threads:
        versions = list(threads.map(lambda one: one(), work * 2))
    assert sorted(set(versions)) == list(range(6, 12))
    assert place.newest.version == 11
    assert sorted(part.source.key for part in place.newest.parts) == [
        "flights/a.csv", "flights/b.csv", "flights/late0.csv", "flights/late1.csv", "flights/late2.csv",
    ]  # fmt: skip
    assert place.newest.counted == Counted(rows=6, by=["late", "moment"])
    assert set(place.announced) == set(range(1, 12))
