"""An upload is read anew by the definition of today: what it brought is not doubled, and what is bad stays out."""

from __future__ import annotations

from pathlib import Path

import duckdb
import msgspec
import pytest

from keepfit.errors import NotFound, ServiceUnavailable
from keepfit.features.datasets.manifest import Cause, Counted
from keepfit.features.ingest import version_comparison
from keepfit.features.schema.definition import Field
from tests.unit.features.support.ingesting import DEFINITION, STEPS, Dying, Place, redefined

GATES = b"moment,late,gate\n2013-01-01,true,7\n2013-01-02,,80\nnever,true,7\n2013-01-03,,B\n"
NARROW, WIDE = (Field(type="int", nullable=True, max=limit) for limit in (9, 99))


@pytest.fixture
def place() -> Place:
    """One upload is taken, of which three rows of four were left out; the definition is corrected since."""
    narrow = msgspec.structs.replace(redefined(gate=NARROW), max_bad_share=0.9)
    place = Place(definition=narrow)
    place.upload("flights/a.csv", GATES)
    assert (place.newest.rows, place.newest.parts[0].bad_rows) == (1, 3)
    place.definition = msgspec.structs.replace(narrow, fields=redefined(gate=WIDE).fields)
    return place


def rows(place: Place, folder: Path, columns: str = "day(moment), gate") -> list[tuple[object, ...]]:
    found = []
    for part in place.newest.parts:
        place.lake.get_part(part, folder / "part")
        found += duckdb.read_parquet(str(folder / "part")).project(columns).fetchall()
    return sorted(found)


def quarantined(place: Place) -> list[int]:
    [part] = place.newest.parts
    lines = place.lake.objects[part.quarantine][0].splitlines() if part.quarantine else []
    return [msgspec.json.decode(line)["row"] for line in lines]


def test_the_rows_that_are_good_now_come_in_and_nothing_comes_twice(place: Place, tmp_path: Path) -> None:
    taken = place.again("flights/a.csv")
    assert (taken.outcome, taken.version, taken.rows, taken.bad_rows) == ("taken", 2, 2, 2)
    assert rows(place, tmp_path) == [(1, 7), (2, 80)]
    assert quarantined(place) == [4, 5]
    assert place.newest.counted == Counted(rows=2, by=["gate", "late", "moment"])
    assert place.newest.cause == Cause(kind="again", who="ada", why="a wider range")
    _, detail = place.events.sent[-1]
    assert (detail["version"], detail["cause"]["kind"], detail["cause"]["why"]) == (
        2,
        "again",
        "a wider range",
    )


def test_the_version_of_before_keeps_its_rows_and_its_quarantine(place: Place, tmp_path: Path) -> None:
    place.again("flights/a.csv")
    [part] = place.manifest(1).parts
    place.lake.get_part(part, tmp_path / "part")
    assert duckdb.read_parquet(str(tmp_path / "part")).count("*").fetchall() == [(1,)]
    assert part.quarantine is not None
    assert len(place.lake.objects[part.quarantine][0].splitlines()) == 3


def test_the_same_again_makes_no_version(place: Place) -> None:
    place.again("flights/a.csv")
    same = place.again("flights/a.csv")
    assert (same.outcome, same.version) == ("already taken", 2)
    assert same.reason == "all its 2 good rows are in version 2 already; nothing was added"
    assert place.announced == [1, 2]


@pytest.mark.parametrize("key", [[], ["moment"]], ids=["no key", "a key"])
def test_that_holds_where_the_rest_is_too_much_to_compare(
    place: Place, monkeypatch: pytest.MonkeyPatch, key: list[str]
) -> None:
    place.definition = msgspec.structs.replace(place.definition, key=key)
    place.upload("flights/b.csv", b"moment,late,gate\n2013-01-02,true,1\n")
    monkeypatch.setattr(version_comparison, "MAX_COMPARED_BYTES", 10)
    place.again("flights/a.csv")
    assert place.again("flights/a.csv").outcome == "already taken"
    assert place.newest.version == 3


def test_rows_that_are_bad_now_go_out(place: Place, tmp_path: Path) -> None:
    place.again("flights/a.csv")
    place.definition = msgspec.structs.replace(place.definition, fields=redefined(gate=NARROW).fields)
    taken = place.again("flights/a.csv")
    assert (taken.outcome, taken.version, taken.rows, taken.bad_rows) == ("taken", 3, 1, 3)
    assert rows(place, tmp_path) == [(1, 7)]
    assert quarantined(place) == [3, 4, 5]
    assert place.newest.counted == Counted(rows=1, by=["gate", "late", "moment"])


def test_a_field_of_the_only_upload_may_get_another_type(place: Place, tmp_path: Path) -> None:
    category = redefined(gate=Field(type="category", nullable=True))
    place.definition = msgspec.structs.replace(category, max_bad_share=0.9)
    assert place.again("flights/a.csv").version == 2
    assert rows(place, tmp_path) == [(1, "7"), (2, "80"), (3, "B")]
    assert place.newest.schema["gate"].type == "category"
    assert place.newest.counted == Counted(rows=3, by=["gate", "late", "moment"])
    assert place.again("flights/a.csv").outcome == "already taken"
    place.definition = msgspec.structs.replace(place.definition, fields=redefined(gate=WIDE).fields)
    assert place.again("flights/a.csv").version == 3
    assert rows(place, tmp_path) == [(1, 7), (2, 80)]


def test_a_field_that_other_uploads_hold_may_not(place: Place) -> None:
    place.upload("flights/b.csv", b"moment,late,gate\n2013-02-02,true,1\n")
    place.definition = redefined(gate=Field(type="category", nullable=True))
    refused = place.again("flights/a.csv")
    assert refused.outcome == "refused"
    assert "withdraw every upload of before and take each again" in str(refused.reason)
    assert place.newest.version == 2


def test_what_cannot_be_data_any_more_stays_as_it_is(place: Place) -> None:
    place.definition = msgspec.structs.replace(place.definition, max_bad_share=0.1)
    refused = place.again("flights/a.csv")
    assert refused.outcome == "refused"
    assert "2 of 4 rows are bad" in str(refused.reason)
    assert place.newest.version == 1


def test_a_file_that_was_refused_comes_in_once_the_definition_takes_it(place: Place) -> None:
    body = b"moment,late,gate\n2013-02-01,true,x\n2013-02-02,true,y\n"
    assert place.upload("flights/b.csv", body).outcome == "refused"
    place.definition = DEFINITION
    assert place.again("flights/b.csv").version == 2


def test_a_withdrawn_upload_comes_back(place: Place, tmp_path: Path) -> None:
    place.withdraw(GATES)
    taken = place.again("flights/a.csv")
    assert (taken.outcome, taken.version, taken.known_rows) == ("taken", 3, 0)
    assert rows(place, tmp_path) == [(1, 7), (2, 80)]
    assert place.ingest.take("flights/a.csv", "1").outcome == "already taken"


def test_an_object_that_is_gone_cannot_be_read_anew(place: Place) -> None:
    with pytest.raises(NotFound):
        place.again("flights/a.csv", "2")


def test_rows_keep_the_time_of_their_upload(place: Place, tmp_path: Path) -> None:
    """With a key the row uploaded last counts: an older upload that is read anew does not overtake a later one."""
    place.definition = msgspec.structs.replace(place.definition, key=["moment"])
    place.upload("flights/a.csv", b"moment,late,gate\n2013-01-02,false,1\n")
    place.again("flights/a.csv", "1")
    uploaded = rows(place, tmp_path, "second(_uploaded_at), day(moment)")
    assert uploaded == [(1, 1), (1, 2), (2, 2)]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("port", "method"), STEPS)
def test_a_crash_anywhere_is_repaired_by_the_same_call(
    place: Place, tmp_path: Path, port: str, method: str, after: bool
) -> None:
    dying = Place(place.intake, place.lake, place.records, place.events, place.definition)
    setattr(dying, port, Dying(getattr(place, port), method, after=after))
    with pytest.raises(ServiceUnavailable):
        dying.again("flights/a.csv")
    assert place.again("flights/a.csv").version == 2
    assert place.newest.version == 2
    assert rows(place, tmp_path) == [(1, 7), (2, 80)]
    assert set(place.announced) == {1, 2}
    assert len(place.announced) <= 3
