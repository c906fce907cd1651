"""A table and the pictures beside it, as objects of one folder, become rows with vectors."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import duckdb
import msgspec
import pytest

from keepfit.errors import RefusedUpload
from keepfit.features.ingest import companion_files as beside
from keepfit.features.ingest.dry_run import report_on
from keepfit.features.ingest.ingest_result import Ingested
from keepfit.features.io.archives import MAX_FILE_BYTES
from keepfit.features.io.folders import local_folder
from tests.unit.features.ingest.test_archives import SIGNS, picture, vector
from tests.unit.features.support.ingesting import Place
from tests.unit.features.support.uploads import NOW

TABLE = "picture,sign\n1.png,stop\n./more/2.png,go\n"


@pytest.fixture
def place() -> Place:
    """The intake with two pictures in a folder, and others elsewhere."""
    place = Place(definition=SIGNS)
    for key, number in (("march/1.png", 1), ("march/more/2.png", 2), ("april/9.png", 9), ("9.png", 9)):
        place.intake.put(f"flights/{key}", picture(number))
    return place


def upload(place: Place, table: str, key: str = "flights/march/labels.csv") -> Ingested:
    return place.upload(key, table.encode())


def rows(place: Place, folder: Path) -> list[tuple[object, ...]]:
    found = []
    for part in place.newest.parts:
        place.lake.get_part(part, folder / "part")
        found += duckdb.read_parquet(str(folder / "part")).project("picture, sign").fetchall()
    return found


def reasons(place: Place) -> dict[int, str]:
    key = place.newest.parts[-1].quarantine
    lines = place.lake.objects[key][0].splitlines() if key else []
    return {line["row"]: line["reason"] for line in map(msgspec.json.decode, lines)}


@pytest.mark.parametrize("name", ["labels.csv", "labels.jsonl", "labels.json"])
def test_cells_name_objects_by_their_path_from_the_table_on(place: Place, tmp_path: Path, name: str) -> None:
    lines = [{"picture": "1.png", "sign": "stop"}, {"picture": "more/2.png", "sign": "go"}]
    table = TABLE if name.endswith("csv") else "".join(f"{json.dumps(line)}\n" for line in lines)
    table = json.dumps(lines) if name.endswith(".json") else table
    assert upload(place, table, f"flights/march/{name}").outcome == "taken"
    assert rows(place, tmp_path) == [(vector(1), "stop"), (vector(2), "go")]


def test_one_of_its_name_is_found_and_base64_is_a_picture_there_too(place: Place, tmp_path: Path) -> None:
    jpeg = base64.b64encode(picture(3)).decode()
    upload(place, f"picture,sign\n2.png,go\n{jpeg},stop\n,none\n")
    assert rows(place, tmp_path) == [(vector(2), "go"), (vector(3), "stop"), (None, "none")]


def test_what_is_missing_outside_too_large_or_no_picture_is_left_out_with_the_reason(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.definition = msgspec.structs.replace(SIGNS, max_bad_share=0.95)
    place.intake.put("flights/march/large.png", bytes(MAX_FILE_BYTES + 1))
    place.intake.put("flights/march/notes.txt", b"no picture")
    place.intake.put("flights/march/cut.png", picture(1)[:40])
    place.intake.put("flights/march/.hidden.png", picture(1))
    cells = [
        *(
            "1.png",
            "3.png",
            "../april/9.png",
            "more/../../9.png",
            "/flights/9.png",
            "s3://lake/datasets/9.png",
        ),
        *("..\\april\\9.png", "large.png", "notes.txt", "cut.png", ".hidden.png", "labels.csv"),
    ]
    fetched = []
    fetch = place.intake.fetch
    monkeypatch.setattr(type(place.intake), "fetch", lambda _, paths: fetched.extend(paths) or fetch(paths))
    upload(place, "\n".join(["picture,sign", *(f"{cell},stop" for cell in cells), ""]))
    gone, outside = (
        "names a file that is not in the folder",
        "names a file outside of the folder of its table",
    )
    wrong = "is neither a picture in base64 nor a list of numbers"
    assert reasons(place) == {
        3: gone,
        **dict.fromkeys((4, 5, 6, 7, 8), outside),
        9: "names a file of more than 20 MiB",
        10: wrong,
        11: wrong,
        12: gone,
        13: gone,
    }
    assert {key.removeprefix("flights/march/") for key in fetched} == {
        *("1.png", "more/2.png", "notes.txt", "cut.png"),
    }


def test_an_object_that_a_table_names_is_no_upload_of_its_own(place: Place) -> None:
    version = place.intake.put("flights/march/more/5.PNG", picture(5))
    taken = place.ingest.take("flights/march/more/5.PNG", version)
    assert (taken.outcome, taken.version) == ("ignored", None)
    assert not place.records.refusals("flights", 10)
    # In the folder of the dataset itself there are tables alone.
    assert place.upload("flights/5.png", picture(5)).outcome == "refused"


def test_other_pictures_under_the_same_table_are_other_content(place: Place, tmp_path: Path) -> None:
    assert upload(place, TABLE).outcome == "taken"
    assert "same content" in str(upload(place, TABLE).reason)
    place.intake.put("flights/march/more/2.png", picture(7))
    assert upload(place, TABLE).outcome == "taken"
    assert (vector(7), "go") in rows(place, tmp_path)
    assert place.newest.parts[-1].source.sha256 != place.newest.parts[-1].source.file_sha256


def test_a_table_that_came_before_its_pictures_can_be_read_again(place: Place, tmp_path: Path) -> None:
    table = "picture,sign\n6.png,stop\n"
    assert upload(place, table).outcome == "refused"
    place.intake.put("flights/march/6.png", picture(6))
    assert place.again("flights/march/labels.csv").outcome == "taken"
    assert rows(place, tmp_path) == [(vector(6), "stop")]


def test_live_rows_and_datasets_without_pictures_have_no_files_beside_them(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(place.intake), "listed", lambda *_: pytest.fail("was listed"))
    assert upload(place, "picture,sign\n,stop\n", "flights/live/1.csv").outcome == "taken"
    assert upload(place, "picture,sign\n,go\n", "flights/b.csv").outcome == "taken"


def test_more_than_is_read_of_one_folder_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "MAX_FILES", 1)
    assert "lies beside 2 files, and up to 1 are read" in str(upload(place, TABLE).reason)
    monkeypatch.undo()
    monkeypatch.setattr(beside, "MAX_FOLDER_BYTES", 10)
    assert "lies beside files of more than" in str(upload(place, TABLE).reason)


def folder(path: Path) -> Path:
    (path / "march" / "more").mkdir(parents=True)
    (path / "march" / "labels.csv").write_text(TABLE)
    (path / "march" / "1.png").write_bytes(picture(1))
    (path / "march" / "more" / "2.png").write_bytes(picture(2))
    (path / "march" / ".DS_Store").write_bytes(b"what a computer adds")
    return path / "march"


def test_a_folder_of_this_machine_is_a_table_and_its_files(tmp_path: Path) -> None:
    here = folder(tmp_path)
    assert local_folder(here) == (
        here / "labels.csv",
        {"1.png": here / "1.png", "more/2.png": here / "more" / "2.png"},
    )
    assert report_on(here, SIGNS, at=NOW).refused is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda here: (here / "labels.csv").unlink(), "holds no table at its top"),
        (lambda here: (here / "b.jsonl").touch(), "holds 2 tables, b.jsonl, labels.csv at its top"),
        (lambda here: (here / "labels.csv").rename(here / "a.parquet"), "cannot name files beside it"),
        (lambda here: (here / "out.png").symlink_to("/etc/hostname"), "leads out of the folder"),
        (
            lambda here: (here / "labels.csv").rename(here / "more" / "labels.csv"),
            "holds no table at its top",
        ),
    ],
)
def test_a_folder_that_cannot_be_uploaded_is_told(tmp_path: Path, change: object, message: str) -> None:
    here = folder(tmp_path)
    assert callable(change)
    change(here)
    with pytest.raises(RefusedUpload, match=message):
        local_folder(here)
    assert message in str(report_on(here, SIGNS, at=NOW).refused)
