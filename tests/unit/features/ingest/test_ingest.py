"""An upload becomes data once, everybody is told, and a crash at any point is repaired by the next delivery."""

from __future__ import annotations

import gzip
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from keepfit.adapters.memory.features import MemoryLake
from keepfit.errors import Conflict, NotFound, ServiceUnavailable
from keepfit.features.datasets.manifest import Counted
from keepfit.features.ingest import version_comparison
from keepfit.features.ingest.report import Report
from keepfit.features.io import formats
from keepfit.features.schema.definition import Field
from keepfit.instants import Duration
from tests.unit.features.support.ingesting import (
    BAD,
    BETTER,
    DEFINITION,
    GOOD,
    STEPS,
    Dying,
    Place,
    redefined,
)

NOT_OF_GOOD_ROWS = ("put_quarantine", "put_report")


@pytest.fixture
def place() -> Place:
    return Place()


def test_an_upload_becomes_a_version_and_everybody_is_told(place: Place) -> None:
    version = place.intake.put("flights/a.csv", GOOD)
    taken = place.ingest.take("flights/a.csv", version)
    assert (taken.outcome, taken.version, taken.rows, taken.bad_rows) == ("taken", 1, 2, 0)
    manifest = place.manifest(1)
    assert (manifest.parent, manifest.rows, manifest.schema) == (None, 2, DEFINITION.fields)
    [part] = manifest.parts
    assert (part.source.key, part.source.version_id, part.sha256) == (
        "flights/a.csv",
        version,
        part.source.sha256,
    )
    assert part.key.startswith(f"datasets/flights/parts/{part.sha256}-")
    assert part.bytes == len(place.lake.objects[part.key][0])
    detail = {
        "dataset": "flights",
        "version": 1,
        "rows": 2,
        "first_event": "2013-01-01T00:00:00.000000Z",
        "last_event": "2013-01-02T00:00:00.000000Z",
        "upload": {"key": "flights/a.csv", "sha256": part.sha256},
        "cause": {"kind": "upload", "who": None, "why": None, "train": True},
    }
    assert place.events.sent == [("Dataset Updated", detail)]
    record = place.records.file("flights", part.sha256)
    assert record is not None
    assert (record.status, record.ignored_columns) == ("announced", ["gate"])


def test_versions_grow_and_quarantine_lies_beside_them(place: Place) -> None:
    for key, body in (("flights/a.csv", GOOD), ("flights/b.csv", BETTER)):
        place.ingest.take(key, place.intake.put(key, body))
    second = place.manifest(2)
    assert (second.parent, second.rows, second.last_event) == (1, 3, "2013-01-03T00:00:00.000000Z")
    assert second.parts[0] == place.manifest(1).parts[0]
    [quarantine] = place.lake.objects[str(second.parts[1].quarantine)]
    assert b'"row":3,"field":"moment"' in quarantine
    [report] = place.lake.objects[str(second.parts[1].report)]
    assert [flaw.field for flaw in msgspec.json.decode(report, type=Report).flaws] == ["moment"]
    record = place.records.file("flights", second.parts[1].sha256)
    assert (second.parts[0].report, record and record.report) == (None, second.parts[1].report)
    assert place.announced == [1, 2]


def test_a_duplicate_delivery_adds_nothing_and_tells_nobody(place: Place) -> None:
    version = place.intake.put("flights/a.csv", GOOD)
    place.ingest.take("flights/a.csv", version)
    again = place.ingest.take("flights/a.csv", version)
    assert (again.outcome, again.version) == ("already taken", 1)
    assert place.records.newest("flights") == 1
    assert place.announced == [1]
    assert place.records.refusals("flights", 10) == []


def test_the_same_content_under_another_name_is_refused(place: Place) -> None:
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    refused = place.ingest.take("flights/b.csv", place.intake.put("flights/b.csv", GOOD))
    assert refused.outcome == "refused"
    assert (
        refused.reason
        == "has the same content as s3://intake/flights/a.csv (1), which is in version 1 already"
    )
    assert [refusal.reason for refusal in place.records.refusals("flights", 10)] == [refused.reason]
    assert place.announced == [1]


def test_a_packed_file_is_the_same_upload_as_the_unpacked_one(place: Place) -> None:
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    refused = place.ingest.take("flights/a.csv.gz", place.intake.put("flights/a.csv.gz", gzip.compress(GOOD)))
    assert "has the same content as s3://intake/flights/a.csv" in str(refused.reason)


def test_a_packed_file_is_recorded_by_what_it_holds_and_by_itself(place: Place) -> None:
    packed = gzip.compress(GOOD)
    place.ingest.take("flights/a.csv.gz", place.intake.put("flights/a.csv.gz", packed))
    [part] = place.manifest(1).parts
    assert part.source.sha256 == hashlib.sha256(GOOD).hexdigest()
    assert part.source.file_sha256 == hashlib.sha256(packed).hexdigest()
    record = place.records.file("flights", part.sha256)
    assert record is not None
    assert record.source == part.source


def test_rows_that_come_twice_are_counted(place: Place) -> None:
    first = b"moment,late\n2013-01-01,true\n2013-01-01,true\n2013-01-02,\n2013-01-02,\n"
    taken = place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", first))
    assert (taken.rows, taken.duplicate_rows, taken.known_rows) == (4, 2, 0)
    overlapping = b"moment,late\n2013-01-02,\n2013-01-01,false\n2013-01-03,true\n"
    taken = place.ingest.take("flights/b.csv", place.intake.put("flights/b.csv", overlapping))
    assert (taken.rows, taken.duplicate_rows, taken.known_rows) == (3, 0, 1)
    part = place.manifest(2).parts[-1]
    assert (part.duplicate_rows, part.known_rows) == (0, 1)
    assert place.manifest(2).rows == 7
    assert place.manifest(2).counted == Counted(rows=4, by=["late", "moment"])


def test_a_file_whose_rows_are_all_there_makes_no_version_and_tells_nobody(place: Place) -> None:
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    again = b"late,moment\n,2013-01-02\n"
    refused = place.ingest.take("flights/b.csv", place.intake.put("flights/b.csv", again))
    assert refused.reason == "all its 1 good rows are in version 1 already; nothing was added"
    assert place.announced == [1]


def test_rows_are_not_compared_where_that_would_fetch_too_much(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    monkeypatch.setattr(version_comparison, "MAX_COMPARED_BYTES", 10)
    same_time = b"moment,late\n2013-01-02,true\n"
    taken = place.ingest.take("flights/b.csv", place.intake.put("flights/b.csv", same_time))
    assert (taken.outcome, taken.known_rows) == ("taken", None)
    assert place.manifest(2).counted is None
    monkeypatch.undo()
    later = b"moment,late\n2013-03-02,true\n"
    place.ingest.take("flights/c.csv", place.intake.put("flights/c.csv", later))
    assert place.manifest(3).counted == Counted(rows=4, by=["late", "moment"])


def test_a_file_that_is_too_much_to_compare_is_not_taken_twice(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_comparison, "MAX_COMPARED_BYTES", 10)
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    same_time = b"moment,late\n2013-01-02,true\n"
    place.ingest.take("flights/b.csv", place.intake.put("flights/b.csv", same_time))
    again = place.ingest.take("flights/c.csv", place.intake.put("flights/c.csv", GOOD))
    assert "has the same content as s3://intake/flights/a.csv" in str(again.reason)
    place.definition = redefined(gate=Field(type="int", nullable=True))
    assert place.ingest.take("flights/d.csv", place.intake.put("flights/d.csv", GOOD)).version == 3


def test_a_file_without_a_field_is_taken_again_once_it_is_defined_whatever_other_parts_had_it(
    place: Place,
) -> None:
    """A field that was there, went and comes back: other parts hold it, and this file was read without it."""
    place.definition = redefined(gate=Field(type="int", nullable=True))
    earlier = b"moment,late,gate\n2012-12-31,true,1\n"
    place.ingest.take("flights/b.csv", place.intake.put("flights/b.csv", earlier))
    place.definition = DEFINITION
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    assert "gate" in place.manifest(2).schema
    place.definition = redefined(gate=Field(type="int", nullable=True))
    taken = place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    assert (taken.outcome, taken.version) == ("taken", 3)


def test_rows_that_are_good_by_a_wider_definition_come_with_the_same_file(place: Place) -> None:
    place.definition = redefined(gate=Field(type="int", max=7))
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    assert place.manifest(1).rows == 1
    place.definition = redefined(gate=Field(type="int", max=8))
    taken = place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    assert (taken.outcome, taken.rows, place.manifest(2).rows) == ("taken", 2, 2)


def test_a_file_is_taken_again_once_the_definition_has_more_fields(place: Place) -> None:
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    place.ingest.take("flights/b.csv", place.intake.put("flights/b.csv", BETTER))
    fields = {**DEFINITION.fields, "gate": Field(type="int", nullable=True)}
    place.definition = msgspec.structs.replace(DEFINITION, fields=fields)
    again = place.intake.put("flights/a.csv", GOOD)
    taken = place.ingest.take("flights/a.csv", again)
    assert (taken.outcome, taken.version, taken.rows) == ("taken", 3, 2)
    parts = place.manifest(3).parts
    assert [part.source.key for part in parts] == ["flights/b.csv", "flights/a.csv"]
    assert place.manifest(3).rows == 3
    assert place.manifest(2).rows == 3
    assert place.ingest.take("flights/a.csv", again).outcome == "already taken"
    assert place.announced == [1, 2, 3]


def test_an_old_delivery_is_not_taken_again_for_a_new_field(place: Place) -> None:
    version = place.intake.put("flights/a.csv", GOOD)
    place.ingest.take("flights/a.csv", version)
    fields = {**DEFINITION.fields, "gate": Field(type="int", nullable=True)}
    place.definition = msgspec.structs.replace(DEFINITION, fields=fields)
    assert place.ingest.take("flights/a.csv", version).outcome == "already taken"
    assert place.records.newest("flights") == 1


@pytest.mark.parametrize(
    ("key", "body", "reason"),
    [
        ("flights/", b"", "'flights/' is a folder, not a file"),
        ("flights/2013/", b"", "is a folder, not a file"),
        ("flights/a.csv", b"", "is empty"),
        ("flights/a.xls", b"x", "'a.xls' is no .csv, "),
        ("flights/a.csv", b"moment\n2013-01-01\n", "has no column late"),
        (
            "flights/a.csv",
            BAD,
            "2 of 3 rows are bad, and 0.5 of them may be; row 2: moment is not an ISO 8601 instant",
        ),
        ("flights/a.parquet", GOOD, "cannot be read as Parquet"),
    ],
)
def test_a_refused_upload_leaves_its_reason_and_no_version(
    place: Place, key: str, body: bytes, reason: str
) -> None:
    refused = place.ingest.take(key, place.intake.put(key, body))
    assert refused.outcome == "refused"
    assert reason in str(refused.reason)
    [refusal] = place.records.refusals("flights", 10)
    assert (refusal.reason, refusal.source.key) == (refused.reason, key)
    assert place.records.newest("flights") is None
    assert place.announced == []


def test_the_bad_rows_of_a_refused_file_can_be_looked_at(place: Place) -> None:
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", BAD))
    [refusal] = place.records.refusals("flights", 10)
    assert (refusal.rows, refusal.bad_rows) == (3, 2)
    assert {refusal.quarantine, refusal.report} <= {*place.lake.objects}


def test_a_file_that_lacks_a_column_is_told_whole_all_the_same(place: Place) -> None:
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", b"when,late\n2013-01-01,perhaps\n"))
    [refusal] = place.records.refusals("flights", 10)
    report = msgspec.json.decode(place.lake.objects[str(refusal.report)][0], type=Report)
    assert report.columns == ["has no column moment; its columns are when, late"]
    assert [flaw.field for flaw in report.flaws] == ["late"]


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keepfit.features.ingest.object_checks.MAX_UPLOAD_BYTES", len(GOOD) - 1)
    monkeypatch.setattr(place.intake, "objects", {"flights/a.csv": [GOOD]})
    assert "is larger than" in str(place.ingest.take("flights/a.csv", None).reason)
    assert formats.MAX_UPLOAD_BYTES == 5 * 2**30


def test_an_object_that_is_not_there_is_an_error_not_a_refusal(place: Place) -> None:
    with pytest.raises(NotFound):
        place.ingest.take("flights/gone.csv", "1")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("port", "method"), STEPS)
def test_a_crash_anywhere_is_repaired_by_the_next_delivery(
    place: Place, port: str, method: str, after: bool
) -> None:
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    version = place.intake.put("flights/b.csv", BETTER)
    dying = Place(place.intake, place.lake, place.records, place.events)
    setattr(dying, port, Dying(getattr(place, port), method, after=after))
    with pytest.raises(ServiceUnavailable):
        dying.ingest.take("flights/b.csv", version)
    assert place.ingest.take("flights/b.csv", version).version == 2
    assert place.records.newest("flights") == 2
    assert [part.source.key for part in place.manifest(2).parts] == ["flights/a.csv", "flights/b.csv"]
    assert set(place.announced) == {1, 2}
    assert len(place.announced) <= 3


@pytest.mark.parametrize(("port", "method"), STEPS[:5])
def test_a_writer_that_died_holds_nobody_up(place: Place, port: str, method: str) -> None:
    dying = Place(place.intake, place.lake, place.records, place.events)
    setattr(dying, port, Dying(getattr(place, port), method, after=True))
    with pytest.raises(ServiceUnavailable):
        dying.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", BETTER))
    place.ingest.take("flights/b.csv", place.intake.put("flights/b.csv", GOOD))
    newest = place.records.newest("flights")
    assert newest is not None
    assert "flights/b.csv" in [part.source.key for part in place.manifest(newest).parts]
    place.ingest.take("flights/a.csv", "1")
    newest = place.records.newest("flights")
    assert newest == 2
    assert {part.source.key for part in place.manifest(newest).parts} == {"flights/a.csv", "flights/b.csv"}
    assert set(place.announced) == {1, 2}


def test_uploads_taken_at_the_same_time_all_land_once(place: Place) -> None:
    keys = [f"flights/{number}.csv" for number in range(6)]
    for number, key in enumerate(keys):
        place.intake.put(key, f"moment,late\n2013-01-{number + 1:02},true\n".encode())
    deliveries = keys * 3
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda key: place.ingest.take(key, "1"), deliveries))
    assert place.records.newest("flights") == 6
    chain = [place.manifest(version) for version in range(1, 7)]
    assert [manifest.parent for manifest in chain] == [None, 1, 2, 3, 4, 5]
    assert all(len(manifest.parts) == manifest.version for manifest in chain)
    assert sorted(part.source.key for part in chain[-1].parts) == keys
    assert set(place.announced) == set(range(1, 7))


def test_a_chain_that_never_stands_still_is_tried_again_later(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def conflict(*_: Any) -> None:
        raise Conflict("somebody was first")

    monkeypatch.setattr("keepfit.features.datasets.version_chain._PAUSE_S", 0)
    monkeypatch.setattr(MemoryLake, "put_manifest", conflict)
    with pytest.raises(Conflict, match="try again"):
        place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))


def test_an_upload_is_refused_when_a_field_has_another_type_than_the_data(place: Place) -> None:
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    place.definition = redefined(late=Field(type="category", nullable=True))
    refused = place.ingest.take("flights/b.csv", place.intake.put("flights/b.csv", BETTER))
    assert refused.reason == (
        "the field late is defined as category, but version 1 of flights holds it as bool; "
        "give the field a new name, change its type back to bool, or withdraw every upload of before and take each "
        "again"
    )
    assert [refusal.reason for refusal in place.records.refusals("flights", 10)] == [refused.reason]
    assert place.records.newest("flights") == 1
    place.definition = DEFINITION
    assert place.ingest.take("flights/c.csv", place.intake.put("flights/c.csv", BETTER)).version == 2


def test_fields_may_come_and_go_but_not_come_back_as_something_else(place: Place) -> None:
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    place.definition = redefined(late=None, gate=Field(type="int", nullable=True, max=99))
    body = b"moment,gate\n2013-02-01,7\n"
    assert place.ingest.take("flights/b.csv", place.intake.put("flights/b.csv", body)).version == 2
    assert place.manifest(2).schema == {**DEFINITION.fields, "gate": Field(type="int", nullable=True, max=99)}
    place.definition = redefined(late=Field(type="float", nullable=True))
    refused = place.ingest.take(
        "flights/c.csv", place.intake.put("flights/c.csv", b"moment,late\n2013-03-01,1\n")
    )
    assert "version 2 of flights holds it as bool" in str(refused.reason)
    place.definition = redefined(late=Field(type="bool"), gate=Field(type="int", min=0))
    body = b"moment,late,gate\n2013-03-01,true,1\n"
    assert place.ingest.take("flights/d.csv", place.intake.put("flights/d.csv", body)).version == 3


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("port", "method"), [step for step in STEPS if step[1] not in NOT_OF_GOOD_ROWS])
def test_a_file_taken_again_for_a_new_field_survives_a_crash_and_leaves_older_versions_whole(
    place: Place, tmp_path: Path, port: str, method: str, after: bool
) -> None:
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    before = place.lake.objects[place.manifest(1).parts[0].key]
    place.definition = redefined(gate=Field(type="int", nullable=True))
    version = place.intake.put("flights/a.csv", GOOD)
    dying = Place(place.intake, place.lake, place.records, place.events, place.definition)
    setattr(dying, port, Dying(getattr(place, port), method, after=after))
    with pytest.raises(ServiceUnavailable):
        dying.ingest.take("flights/a.csv", version)
    assert place.ingest.take("flights/a.csv", version).version == 2
    assert (place.records.newest("flights"), place.manifest(2).rows) == (2, 2)
    [part] = place.manifest(2).parts
    place.lake.get_part(part, tmp_path / "part")
    assert duckdb.read_parquet(str(tmp_path / "part")).project("gate").fetchall() == [(7,), (8,)]
    assert len(before) == 1
    assert place.manifest(1).parts[0].key != part.key
    assert place.ingest.take("flights/a.csv", version).outcome == "already taken"


KEPT = msgspec.structs.replace(DEFINITION, keep=Duration.parse("400d"))


def test_a_file_whose_rows_have_expired_can_be_taken_again(place: Place) -> None:
    place.definition = KEPT
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    early = place.ingest.take("flights/again.csv", place.intake.put("flights/again.csv", GOOD))
    assert (early.outcome, early.version) == ("refused", None)
    [expired] = place.manifest(1).parts
    del place.lake.objects[expired.key]
    again = place.ingest.take("flights/again.csv", place.intake.put("flights/again.csv", GOOD))
    assert (again.outcome, again.version, again.known_rows) == ("taken", 2, 0)
    [part] = place.manifest(2).parts
    assert part.key != expired.key
    assert place.announced == [1, 2]


def test_a_second_delivery_of_what_has_expired_does_not_bring_it_back(place: Place) -> None:
    place.definition = KEPT
    version = place.intake.put("flights/a.csv", GOOD)
    place.ingest.take("flights/a.csv", version)
    [expired] = place.manifest(1).parts
    del place.lake.objects[expired.key]
    assert place.ingest.take("flights/a.csv", version).outcome == "already taken"
    assert place.announced == [1]


def test_rows_are_compared_with_those_that_are_left(place: Place) -> None:
    place.definition = KEPT
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    [expired] = place.manifest(1).parts
    del place.lake.objects[expired.key]
    taken = place.ingest.take(
        "flights/b.csv", place.intake.put("flights/b.csv", GOOD + b"2013-01-03,false,9\n")
    )
    assert (taken.outcome, taken.known_rows) == ("taken", 0)


def test_rows_that_are_gone_though_nothing_may_expire_are_an_error(place: Place) -> None:
    place.ingest.take("flights/a.csv", place.intake.put("flights/a.csv", GOOD))
    place.lake.objects.pop(place.manifest(1).parts[0].key)
    with pytest.raises(NotFound, match=r"has no keep.*keep = '36500d'"):
        place.ingest.take("flights/b.csv", place.intake.put("flights/b.csv", GOOD + b"2013-01-03,false,9\n"))
