"""A version of a dataset as Croissant: valid by its own library, which reads the rows by it."""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.views.audit.croissant import croissant
from tests.unit.application.forgetting_place import Riders

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlcroissant

DEFINITION = DatasetDefinition(
    event_time="at",
    key=["rider", "at"],
    fields={
        "rider": Field(type="category", description="who rode"),
        "at": Field(type="timestamp"),
        "fare": Field(type="float", nullable=True, unit="euro"),
        "seats": Field(type="int"),
        "late": Field(type="bool"),
        "trace": Field(type="vector", length=2),
    },
    owner="ops",
    tags=["city"],
    description="Rides of a city.",
    anomalies="take",
)
FIRST = b"""rider,at,fare,seats,late,trace
ana,2013-01-01,1.5,1,true,"[1,2]"
bob,2013-01-02,,2,false,"[0.5,0]"
"""
SECOND = b"""rider,at,fare,seats,late,trace
cyd,2013-02-01,3,1,true,"[4,5]"
"""


@pytest.fixture(scope="module")
def rides() -> Riders:
    riders = Riders(definition=DEFINITION)
    for number, body in enumerate((FIRST, SECOND)):
        assert riders.upload(f"rides/{number}.csv", body).outcome == "taken"
    return riders


@pytest.fixture
def document(rides: Riders) -> dict[str, Any]:
    return croissant(rides.lake, rides.newest, bucket="lake", definition=DEFINITION)


def body_of(riders: Riders, url: str) -> bytes:
    return riders.lake.objects[url.removeprefix("s3://lake/")][-1]


def read(document: dict[str, Any], riders: Riders, folder: Path) -> Any:
    """The dataset as mlcroissant reads it, with its files in a folder."""
    files = [one for one in document["distribution"] if one["@type"] == "cr:FileObject"]
    for number, one in enumerate(files):
        path = folder / f"{number}.parquet"
        path.write_bytes(body_of(riders, one["contentUrl"]))
        one["contentUrl"] = str(path)
    (folder / "croissant.json").write_text(json.dumps(document))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return mlcroissant.Dataset(folder / "croissant.json")


def test_its_own_library_finds_no_error_and_reads_every_row_by_it(
    rides: Riders, document: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    dataset = read(document, rides, tmp_path)
    issues = dataset.metadata.ctx.issues
    assert issues.errors == set()
    # Whose it is to use, and how to cite it, nobody has told keepfit.
    assert len(issues.warnings) == 2
    assert all("license" in one or "citeAs" in one for one in issues.warnings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = [*dataset.records("rides")]
    assert [row["rides/rider"] for row in rows] == [b"ana", b"bob", b"cyd"]
    assert [row["rides/seats"] for row in rows] == [1, 2, 1]


def test_every_file_is_there_with_its_digest_and_its_size(rides: Riders, document: dict[str, Any]) -> None:
    *files, rows = document["distribution"]
    assert [one["sha256"] for one in files] == [
        hashlib.sha256(body_of(rides, one["contentUrl"])).hexdigest() for one in files
    ]
    assert files[0]["contentSize"] == f"{rides.newest.parts[0].bytes} B"
    assert rows["containedIn"] == [{"@id": "upload-0"}, {"@id": "upload-1"}]


def test_fields_have_types_and_what_is_said_of_them(document: dict[str, Any]) -> None:
    [records] = document["recordSet"]
    types = {field["name"]: field["dataType"] for field in records["field"]}
    assert types == {
        "rider": "sc:Text",
        "at": "sc:DateTime",
        "fare": "sc:Float",
        "seats": "sc:Integer",
        "late": "sc:Boolean",
        "trace": "sc:Float",
    }
    said = {field["name"]: field["description"] for field in records["field"] if "description" in field}
    assert said == {"rider": "who rode", "fare": "in euro"}
    assert records["key"] == [{"@id": "rides/rider"}, {"@id": "rides/at"}]
    assert document["description"] == "Rides of a city.\n\nVersion 2: 3 rows of 2 uploads."
    assert (document["version"], document["creator"]["name"], document["keywords"]) == (
        "2.0.0",
        "ops",
        ["city"],
    )


def test_what_has_expired_is_left_out_and_what_was_rewritten_is_as_it_is_now(rides: Riders) -> None:
    place = rides.copy()
    before = place.newest
    place.forget("ana")
    first, second, _ = croissant(place.lake, before, bucket="lake")["distribution"]
    assert first["contentUrl"] == f"s3://lake/{place.newest.parts[0].key}"
    assert body_of(place, first["contentUrl"])[:4] == b"PAR1"
    del place.lake.objects[place.newest.parts[1].key]
    left = croissant(place.lake, before, bucket="lake")
    assert left["description"] == "Version 2: 3 rows of 2 uploads, 1 of which have expired."
    assert len(left["distribution"]) == 2
    assert second["sha256"] not in json.dumps(left)
    assert datetime.fromisoformat(left["datePublished"]) < datetime(2014, 1, 1, tzinfo=UTC)
    assert msgspec.json.encode(left)
