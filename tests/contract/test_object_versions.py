"""The contract of ObjectVersions and ForgottenRecords."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.s3_object_versions import S3Forgotten, S3ObjectVersions
from keepfit.adapters.memory.forgetting import MemoryForgotten, MemoryObjectVersions
from keepfit.errors import NotFound
from keepfit.features.forgetting.ports import ForgottenRecords, ObjectVersions
from keepfit.features.forgetting.record import Forgotten, ForgottenObject


@pytest.fixture(params=["memory", "s3"])
def place(request: pytest.FixtureRequest) -> tuple[ObjectVersions, ForgottenRecords]:
    if request.param == "memory":
        return MemoryObjectVersions(objects={}), MemoryForgotten()
    request.getfixturevalue("aws")
    client("s3").create_bucket(Bucket="lake")
    client("s3").put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    return S3ObjectVersions(bucket="lake"), S3Forgotten(bucket="lake")


@pytest.fixture
def objects(place: tuple[ObjectVersions, ForgottenRecords], tmp_path: Path) -> ObjectVersions:
    """Four versions of three objects."""
    path = tmp_path / "body"
    for key, body in (("a/1", b"one"), ("a/2", b"two"), ("b/x/1", b"three"), ("a/1", b"four")):
        path.write_bytes(body)
        place[0].put(key, path)
    return place[0]


def bodies(objects: ObjectVersions, folder: Path, prefix: str = "", after: str = "") -> list[bytes]:
    read = []
    for found in objects.list(prefix, after):
        objects.fetch(found.key, found.version_id, folder / "copy")
        read.append((folder / "copy").read_bytes())
    return read


def test_every_version_is_listed_by_key_and_the_newest_first(objects: ObjectVersions, tmp_path: Path) -> None:
    assert [found.key for found in objects.list("")] == ["a/1", "a/1", "a/2", "b/x/1"]
    assert bodies(objects, tmp_path) == [b"four", b"one", b"two", b"three"]
    assert bodies(objects, tmp_path, "a/") == [b"four", b"one", b"two"]
    assert bodies(objects, tmp_path, "a/", after="a/1") == [b"two"]


def test_a_removed_version_is_gone_and_the_others_are_as_they_were(
    objects: ObjectVersions, tmp_path: Path
) -> None:
    newest, first, *_ = objects.list("a/1")
    objects.remove(first.key, first.version_id)
    objects.remove(first.key, first.version_id)
    assert bodies(objects, tmp_path, "a/1") == [b"four"]
    with pytest.raises(NotFound):
        objects.fetch(first.key, first.version_id, tmp_path / "copy")
    objects.remove(newest.key, newest.version_id)
    assert bodies(objects, tmp_path) == [b"two", b"three"]


def test_the_folders_right_below_are_named_once(objects: ObjectVersions) -> None:
    assert objects.folders("b/") == ["x"]
    assert objects.folders("c/") == []


def test_a_record_is_written_as_it_changes_and_the_latest_comes_first(
    place: tuple[ObjectVersions, ForgottenRecords],
) -> None:
    _, records = place
    first = Forgotten(
        id="20130101T000000-aa",
        dataset="rides",
        field="rider",
        salt="00",
        digest="d",
        who="ada",
        why="",
        at="2013-01-01T00:00:00.000000Z",
    )
    second = msgspec.structs.replace(first, id="20130102T000000-aa")
    assert records.all("rides") == []
    records.put(first)
    records.put(second)
    one = ForgottenObject(place="rows", key="k", version_id="v", rows=2)
    records.put(changed := msgspec.structs.replace(first, objects=[one]))
    assert records.all("rides") == [second, changed]
    assert records.all("trips") == []
