"""A forgotten entity is nowhere, every other row is where it was, and a call that died is made good."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepfit.adapters.memory.features import REMOVED
from keepfit.errors import InvalidRequest, ServiceUnavailable
from keepfit.features.datasets.manifest import Part
from keepfit.features.online.materialization import Materialization
from keepfit.instants import Duration
from keepfit.layout import rows_folder
from keepfit.monitoring.prediction_log.parse import read_log_object
from keepfit.training.runs.run import TrainingRun
from keepfit.training.runs.triggers import Trigger
from tests.unit.application.forgetting_place import NOON, Fate, Riders
from tests.unit.monitoring.support.logs import member

JANUARY = "rider,at,fare\nana,2013-01-01,1.5\nbob,2013-01-02,\nana,2013-01-03,2.25\ncyd,2013-01-04,0.1\n"
FEBRUARY = "rider,at,fare\nbob,2013-02-01,3\ncyd,never,4\nana,never,5\ncyd,2013-02-02,6\n"
MARCH = "rider,at,fare\ncyd,2013-03-01,7\ndot,2013-03-02,8\n"


@pytest.fixture(scope="module")
def taken() -> Riders:
    """Three uploads are taken: ana is in the first, among the bad rows of the second, and not in the third."""
    riders = Riders()
    for key, body in (("january", JANUARY), ("february", FEBRUARY), ("march", MARCH)):
        assert riders.upload(f"rides/{key}.csv", body).outcome == "taken"
    return riders


@pytest.fixture
def riders(taken: Riders) -> Riders:
    """The same, for one test."""
    return taken.copy()


def rows(riders: Riders, parts: list[Part]) -> list[tuple[object, ...]]:
    """Every column of every row of parts, in their order."""
    found = []
    for part in parts:
        table = pq.read_table(io.BytesIO(riders.lake.objects[part.key][int(part.version_id) - 1]))
        found += [tuple(row.values()) for row in table.to_pylist()]
    return found


def holding(riders: Riders, name: str) -> list[bytes]:
    """The objects whose bytes, or whose columns, hold a name."""
    found = []
    for body in riders.bodies():
        values = body
        if body[:4] == body[-4:] == b"PAR1":
            values = str(pq.read_table(io.BytesIO(body)).to_pylist()).encode()
        if name.encode() in values:
            found.append(values)
    return found


def test_a_version_is_without_the_entity_and_has_every_other_row_as_it_was(riders: Riders) -> None:
    before = riders.newest
    others = [row for row in rows(riders, before.parts) if row[0] != "ana"]
    record = riders.forget("ana")
    now = riders.newest
    assert (record.rows, record.versions, record.waits, record.unclear) == (2, [4], [], [])
    assert record.finished_at
    assert rows(riders, now.parts) == others
    assert (now.version, now.rows, now.counted and now.counted.rows) == (4, len(others), len(others))
    assert [part.sha256 for part in now.parts] == [part.sha256 for part in before.parts]
    assert (now.first_event, now.last_event) == ("2013-01-02T00:00:00.000000Z", before.last_event)
    assert now.parts[1:] == before.parts[1:]


def test_the_entity_is_in_no_object_of_any_bucket(riders: Riders) -> None:
    assert len(holding(riders, "ana")) >= 4
    riders.forget("ana")
    assert holding(riders, "ana") == []


def test_what_is_left_of_a_removed_upload_and_is_no_row_of_the_dataset_is_kept(riders: Riders) -> None:
    riders.forget("ana")
    [key] = [key for key in riders.lake.objects if key.endswith(".rest.jsonl")]
    assert riders.lake.objects[key] == [b'{"rider":"cyd","at":"never","fare":"4"}\n']
    assert [*riders.intake.objects["rides/march.csv"]] == [MARCH.encode()]


def test_a_refused_upload_is_removed_and_its_other_rows_are_kept(riders: Riders) -> None:
    refused = "rider,at,fare\nana,never,1\nbob,never,2\n"
    assert riders.upload("rides/bad.csv", refused).outcome == "refused"
    riders.forget("ana")
    assert holding(riders, "ana") == []
    [refusal] = riders.records.refusals("rides", 9)
    assert refusal.reason.startswith(
        "an entity was forgotten, and the file held it; the rest of it is datasets/rides/"
    )
    assert b'{"rider":"bob","at":"never","fare":"2"}\n' in [body[-1] for body in riders.lake.objects.values()]


def test_the_record_says_what_was_done_and_nothing_of_the_entity(riders: Riders) -> None:
    record = riders.forget("ana")
    assert (record.who, record.why, record.field) == ("ada", "a letter", "rider")
    assert b"ana" not in msgspec.json.encode(record)
    assert {one.place for one in record.objects} == {"rows", "profile", "upload", "quarantine", "report"}
    assert all(one.removed for one in record.objects)
    [part] = record.of("rows")
    assert (part.rows, part.key) == (2, riders.lake.manifest("rides", 3).parts[0].key)
    assert part.sha256
    assert part.became == riders.newest.parts[0].key
    assert riders.newest.cause
    assert riders.newest.cause.record == record.id


def test_models_are_told_why(riders: Riders) -> None:
    record = riders.forget("ana")
    _, detail = riders.events.sent[-1]
    cause = {"kind": "forgetting", "who": "ada", "why": "a letter", "train": True, "record": record.id}
    assert (detail["version"], detail["cause"]) == (4, cause)


def test_versions_of_before_are_read_as_they_are_without_the_entity(riders: Riders, tmp_path: Path) -> None:
    old = riders.newest.parts[0]
    riders.forget("ana")
    riders.forget("bob")
    riders.lake.get_part(old, tmp_path / "part")
    assert [row["rider"] for row in pq.read_table(tmp_path / "part").to_pylist()] == ["cyd"]


def test_files_that_no_version_counts_any_more_are_rewritten_too(riders: Riders, tmp_path: Path) -> None:
    part = riders.newest.parts[0]
    riders.withdraw(part)
    record = riders.forget("ana")
    assert (record.rows, record.versions, holding(riders, "ana")) == (0, [], [])
    riders.lake.get_part(part, tmp_path / "part")
    assert pq.read_table(tmp_path / "part").num_rows == 2


def test_an_upload_of_which_nothing_is_left_stays_an_upload_without_rows(riders: Riders) -> None:
    riders.upload("rides/own.csv", "rider,at,fare\neve,2012-01-01,9\n")
    riders.forget("eve")
    now = riders.newest
    assert (now.parts[-1].rows, now.first_event) == (0, "2013-01-01T00:00:00.000000Z")
    assert riders.upload("rides/april.csv", "rider,at,fare\ndot,2013-03-31,9\n").outcome == "taken"
    assert riders.newest.counted is not None


def test_forgetting_again_changes_nothing(riders: Riders) -> None:
    riders.forget("ana")
    again = riders.forget("ana")
    assert (again.rows, again.versions, again.objects, riders.newest.version) == (0, [], [], 4)


def test_a_look_changes_nothing(riders: Riders) -> None:
    before = msgspec.json.encode(riders.lake.objects)
    found = riders.forgetting().look("rider", "ana")
    assert (found.rows, {one.place for one in found.objects}) == (
        2,
        {"rows", "upload", "quarantine", "report"},
    )
    assert not any(one.removed for one in found.objects)
    assert (msgspec.json.encode(riders.lake.objects), riders.forgotten.records) == (before, {})
    assert riders.intake.objects["rides/january.csv"] == [JANUARY.encode()]


@pytest.mark.parametrize(("field", "value"), [("name", "ana"), ("fare", "much"), ("rider", "")])
def test_what_names_nobody_is_told(riders: Riders, field: str, value: str) -> None:
    with pytest.raises(InvalidRequest):
        riders.forgetting().forget(field, value, who="ada")
    assert riders.forgotten.records == {}


def test_a_value_is_read_as_ingest_reads_it(riders: Riders) -> None:
    assert riders.forgetting().look("fare", " 2.250 ").rows == 1


def test_an_upload_that_is_on_its_way_is_waited_for(riders: Riders) -> None:
    riders.now = riders.now.replace(year=2013, month=1, day=1)
    version = riders.intake.put("rides/late.csv", b"rider,at,fare\nana,2013-01-01,9\n")
    record = riders.forget("ana")
    assert record.waits == ["rides/late.csv: the upload is not taken or refused yet"]
    assert record.finished_at is None
    riders.upload("rides/other.csv", MARCH)
    assert version
    riders.now += timedelta(days=2)
    done = riders.forget("ana")
    assert (done.id, done.waits, holding(riders, "ana")) == (record.id, [], [])


def test_a_file_that_may_be_on_its_way_into_a_version_is_waited_for(riders: Riders, tmp_path: Path) -> None:
    orphan = tmp_path / "part"
    orphan.write_bytes(riders.lake.objects[riders.newest.parts[0].key][0])
    key = riders.lake.put_part("rides", "0" * 64, orphan).key
    riders.written = riders.now
    record = riders.forget("ana")
    assert record.waits == [f"{key}: no version names it yet, and one may in the next hour"]
    assert riders.lake.objects[key] == [orphan.read_bytes()]
    riders.now += timedelta(hours=2)
    done = riders.forget("ana")
    assert (done.id, done.waits, holding(riders, "ana")) == (record.id, [], [])


def test_what_cannot_be_read_and_holds_the_value_is_named_and_left_to_a_person(riders: Riders) -> None:
    assert riders.upload("rides/torn.parquet", b"PAR1 ana").outcome == "refused"
    record = riders.forget("ana")
    assert (record.unclear, bool(record.finished_at)) == (["rides/torn.parquet (1)"], True)
    assert holding(riders, "ana") == [b"PAR1 ana"]


@pytest.mark.parametrize(("days", "left"), [(0, None), (60, 41), (200, 1)])
def test_a_rewritten_file_expires_about_when_the_one_before_would_have(
    riders: Riders, days: int, left: int | None
) -> None:
    riders.definition = msgspec.structs.replace(riders.definition, keep=Duration.parse("100d"))
    riders.now += timedelta(days=days)
    riders.forget("ana")
    assert riders.lake.days_left.get(riders.newest.parts[0].key) == left


class Views:
    """How far one view is."""

    def __init__(self, version: int) -> None:
        self.version = version

    def get(self, _: str) -> Materialization:
        return Materialization(digest="d", version=self.version, target=self.version)


def test_files_stay_until_online_views_have_compared_them_with_the_version(riders: Riders) -> None:
    views = Views(3)
    part = riders.newest.parts[0]
    late = riders.forgetting(views=["last_ride"], materialized=views)
    record = late.forget("rider", "ana", who="ada")
    assert record.waits == ["the online view last_ride has not come to version 4"]
    assert riders.lake.objects[part.key][0][:4] == b"PAR1"
    views.version = 4
    assert late.forget("rider", "ana", who="ada").finished_at
    assert holding(riders, "ana") == []
    assert riders.newest.version == 4


def test_little_time_is_enough_in_the_end(riders: Riders) -> None:
    def patience() -> object:
        left = iter([True, False])
        return lambda: next(left, False)

    records = [riders.forget("ana", goes_on=patience()) for _ in range(9)]
    assert records[0].waits == ["there was no time for the rest: the same command goes on"]
    assert {one.id for one in records if not one.rows or one.versions == [4]} >= {records[0].id}
    assert holding(riders, "ana") == []
    assert riders.newest.version == 4


def asked(*riders: str) -> bytes:
    """A log object with one request about these riders."""
    request = {
        "schema": 3,
        "kind": "prediction",
        "task": "binary",
        "model": "tips",
        "version": 1,
        "at": "2013-01-01T00:00:00.000000Z",
        "event_time": None,
        "prediction_ids": [*riders],
        "outputs": [0.5] * len(riders),
        "predictions": [True] * len(riders),
        "request": {"instances": [{"rider": rider} for rider in riders]},
    }
    return member([json.dumps(request)])


def trained(riders: Riders, **changed: Any) -> TrainingRun:
    """A run of a model that read version 3 of the rides, and the rows that it copied."""
    run = TrainingRun(
        run_id="r1",
        model="tips",
        execution_arn="arn",
        started_at=NOON,
        trigger=Trigger(kind="upload", id="e", at=NOON),
        data={"rides": 3},
        definition_digest="d",
        code_digest="c",
        closed_at=NOON,
        version=7,
    )
    run = msgspec.structs.replace(run, **changed)
    riders.runs.put(run)
    riders.artifacts[f"{rows_folder(run.folder)}/train.parquet"] = [b"ana"]
    riders.artifacts[f"{run.folder}/run.json"] = [b"{}"]
    return run


def test_runs_that_read_it_are_named_and_lose_the_rows_that_they_copied(riders: Riders) -> None:
    trained(riders)
    trained(riders, run_id="r2", data={"rides": 3}, version=None)
    riders.forget("ana")
    later = riders.newest.version
    trained(riders, run_id="r3", data={"rides": later})
    record = riders.forgotten.all("rides")[0]
    assert [(one.run_id, one.version, one.data_version) for one in record.trained] == [
        ("r2", None, 3),
        ("r1", 7, 3),
    ]
    assert [key for key, bodies in riders.artifacts.items() if bodies == [b"ana"]] == [
        "runs/tips/rows/r3/train.parquet"
    ]
    assert [one.run_id for one in riders.forget("dot").trained] == ["r3", "r2", "r1"]


def test_requests_about_it_are_taken_out_of_the_log_and_of_what_was_collected(
    riders: Riders, tmp_path: Path
) -> None:
    trained(riders, data={"rides": 1})
    collected = pa.table({"rider": ["ana", "bob"], "_prediction_id": ["1", "2"]})
    pq.write_table(collected, tmp_path / "batch.parquet")
    riders.lake.objects |= {
        "prediction-log/tips/2013/01/01/00/a": [asked("ana", "bob", "ana"), asked("ana")],
        "prediction-log/tips/2013/01/01/01/b": [untouched := asked("cyd")],
        "predictions/tips/1_2_ab.parquet": [(tmp_path / "batch.parquet").read_bytes()],
    }
    record = riders.forget("ana")
    assert [(one.key, one.objects, one.rows, one.removed) for one in record.of("requests")] == [
        ("prediction-log/tips/", 2, 3, True),
        ("predictions/tips/", 1, 1, True),
    ]
    assert riders.lake.objects["prediction-log/tips/2013/01/01/01/b"] == [untouched]
    *gone, newest = riders.lake.objects["prediction-log/tips/2013/01/01/00/a"]
    assert gone == [REMOVED, REMOVED]
    assert read_log_object(newest, "tips").predictions == []
    newest = riders.lake.objects["predictions/tips/1_2_ab.parquet"][-1]
    assert pq.read_table(io.BytesIO(newest)).to_pylist() == [{"rider": "bob", "_prediction_id": "2"}]


def oracle(riders: Riders, name: str) -> list[tuple[object, ...]]:
    return [row for row in rows(riders, riders.newest.parts) if row[0] != name]


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.long)])
def test_a_call_that_died_anywhere_is_made_good_by_the_next(step: int) -> None:
    """After each change, or each fourth; dying before one leaves what dying after the one before it leaves."""
    place = Riders()
    place.upload("rides/both.csv", JANUARY + FEBRUARY.partition("\n")[2])
    wanted, whole = oracle(place, "ana"), Fate()
    place.copy().forgetting(whole).forget("rider", "ana", who="ada")
    assert whole.made > 15
    for at in range(1, whole.made + 1, step):
        dying = place.copy()
        with pytest.raises(ServiceUnavailable):
            dying.forgetting(Fate(at=at)).forget("rider", "ana", who="ada")
        assert oracle(dying, "ana") == wanted, at
        record = dying.forget("ana")
        assert record.finished_at, at
        assert (rows(dying, dying.newest.parts), holding(dying, "ana")) == (wanted, []), at
        assert (dying.newest.version, dying.events.sent[-1][1]["version"]) == (2, 2), at


NAMES = st.sampled_from(["ana", "bob", "cyd", "d,e", "o'x"])
FARES = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False, width=32))
FILES = st.lists(
    st.lists(st.tuples(NAMES, st.integers(1, 28), FARES), min_size=1, max_size=5), min_size=1, max_size=2
)


@settings(max_examples=6, deadline=None)
@given(files=FILES, name=NAMES, second=NAMES, keyed=st.booleans())
def test_whatever_is_uploaded_every_other_row_is_there_once_and_the_forgotten_nowhere(
    files: list[list[tuple[str, int, float | None]]], name: str, second: str, keyed: bool
) -> None:
    riders = Riders()
    if keyed:
        riders.definition = msgspec.structs.replace(riders.definition, key=["rider"])
    for number, some in enumerate(files):
        lines = [f'"{who}",2013-01-{day:02},{"" if fare is None else fare!r}' for who, day, fare in some]
        riders.upload(f"rides/{number}.csv", "rider,at,fare\n" + "\n".join(lines) + "\n")
    if riders.records.newest("rides") is None:
        return
    for one in (name, second):
        wanted = oracle(riders, one)
        riders.forget(one)
        assert rows(riders, riders.newest.parts) == wanted
        assert holding(riders, one) == []
