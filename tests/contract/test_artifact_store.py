"""The contract of ArtifactStore."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.errors import Conflict, NotFound
from keepfit.registry.artifact_store import ArtifactStore


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> ArtifactStore:
    if request.param == "memory":
        return MemoryArtifacts()
    request.getfixturevalue("aws")
    client("s3").create_bucket(Bucket="artifacts")
    return S3Artifacts(bucket="artifacts")


def test_what_was_put_is_what_is_read(store: ArtifactStore) -> None:
    store.put("runs/m/1/run.json", b"{}")
    assert store.get("runs/m/1/run.json") == b"{}"


def test_an_object_is_read_line_by_line(store: ArtifactStore) -> None:
    store.put("k", b"one\n\ntwo")
    assert list(store.lines("k")) == [b"one", b"", b"two"]
    assert next(iter(store.lines("k"))) == b"one"
    with pytest.raises(NotFound, match="runs/m/404"):
        next(iter(store.lines("runs/m/404")))


def test_put_replaces(store: ArtifactStore) -> None:
    store.put("k", b"old")
    store.put("k", b"new")
    assert store.get("k") == b"new"


def test_a_missing_key_is_not_found_and_named(store: ArtifactStore) -> None:
    with pytest.raises(NotFound, match="runs/m/404"):
        store.get("runs/m/404")


def test_a_new_key_is_written_once_and_refuses_other_bytes(store: ArtifactStore) -> None:
    store.put_new("models/m/000001/model.onnx", b"first")
    with pytest.raises(Conflict):
        store.put_new("models/m/000001/model.onnx", b"second")
    assert store.get("models/m/000001/model.onnx") == b"first"


def test_writing_a_new_key_again_with_the_same_bytes_is_fine(store: ArtifactStore) -> None:
    store.put_new("k", b"same")
    store.put_new("k", b"same")
    assert store.get("k") == b"same"


def test_files_travel_whole(store: ArtifactStore, tmp_path: Path) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(bytes(range(256)) * 1000)
    store.put_file("runs/m/1/train.parquet", source)
    store.get_file("runs/m/1/train.parquet", copy)
    assert copy.read_bytes() == source.read_bytes()


def test_a_missing_file_is_not_found_and_leaves_no_file(store: ArtifactStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        store.get_file("missing", tmp_path / "copy")
    assert not list(tmp_path.iterdir())


def test_keys_are_listed_by_prefix_in_order(store: ArtifactStore) -> None:
    for key in ("runs/m/2", "runs/m/1", "runs/other/1"):
        store.put(key, b"")
    assert store.list("runs/m/") == ["runs/m/1", "runs/m/2"]
    assert store.list("nothing/") == []


def test_more_keys_than_a_page_are_all_listed(store: ArtifactStore) -> None:
    for number in range(1001):
        store.put(f"many/{number:04}", b"")
    assert len(store.list("many/")) == 1001
