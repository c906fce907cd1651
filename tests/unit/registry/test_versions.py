"""A version's files prove themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keepfit.adapters.memory.registry import MemoryArtifacts, MemoryVersions
from keepfit.errors import NotFound, TamperedArtifact
from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import sha256, write_once
from keepfit.registry.champion import Champion, champion_behind
from keepfit.registry.versions import (
    Manifest,
    ModelVersion,
    Release,
    read_files,
    read_manifest,
    write_manifest,
)

AT = datetime(2026, 5, 4, tzinfo=UTC)
FILES = {"model.onnx": b"a model", "signature.json": b"{}"}
PREFIX = ModelScope("m").version(3)


@pytest.fixture
def store() -> MemoryArtifacts:
    return MemoryArtifacts()


@pytest.fixture
def version(store: MemoryArtifacts) -> ModelVersion:
    return written(store)


def written(store: MemoryArtifacts) -> ModelVersion:
    for name, body in FILES.items():
        store.put_new(PREFIX + name, body)
    return write_manifest(
        store,
        Manifest(
            model="m",
            version=3,
            run_id="run",
            created_at=AT,
            files={name: sha256(body) for name, body in FILES.items()},
            data={"flights": 2},
            digests={"data": "d", "definition": "e", "code": "c", "packages": "p"},
            metrics={"roc_auc": 0.7},
        ),
    )


def test_files_are_read_back_as_they_were_registered(store: MemoryArtifacts, version: ModelVersion) -> None:
    assert read_files(store, version, FILES) == FILES
    assert read_manifest(store, version).data == {"flights": 2}


def test_writing_a_version_again_gives_the_same_version(
    store: MemoryArtifacts, version: ModelVersion
) -> None:
    assert written(store) == version


def test_a_changed_file_is_found(store: MemoryArtifacts, version: ModelVersion) -> None:
    store.put(PREFIX + "model.onnx", b"another model")
    with pytest.raises(TamperedArtifact, match=r"000003/model\.onnx"):
        read_files(store, version, FILES)


def test_a_file_changed_together_with_its_manifest_is_found(
    store: MemoryArtifacts, version: ModelVersion
) -> None:
    manifest = store.get(PREFIX + "manifest.json")
    store.put(PREFIX + "model.onnx", b"another model")
    store.put(
        PREFIX + "manifest.json",
        manifest.replace(sha256(b"a model").encode(), sha256(b"another model").encode()),
    )
    with pytest.raises(TamperedArtifact, match=r"manifest\.json"):
        read_files(store, version, FILES)


def test_a_file_that_was_slipped_in_is_not_read(store: MemoryArtifacts, version: ModelVersion) -> None:
    store.put(PREFIX + "golden.json", b"[]")
    with pytest.raises(TamperedArtifact, match="none is on record"):
        read_files(store, version, ["golden.json"])


def test_a_file_that_is_gone_is_not_found(store: MemoryArtifacts, version: ModelVersion) -> None:
    del store.objects[PREFIX + "model.onnx"]
    with pytest.raises(NotFound):
        read_files(store, version, FILES)


def test_what_an_earlier_attempt_wrote_stays(store: MemoryArtifacts) -> None:
    assert write_once(store, "k", b"first") == b"first"
    assert write_once(store, "k", b"second") == b"first"


def test_the_champion_is_the_model_inside_the_lambda_version_behind_the_alias() -> None:
    versions = MemoryVersions(model="m")
    versions.record_release(Release(lambda_version="7", version=3, code_sha256="c", published_at=AT))
    assert champion_behind("7", versions) == Champion(version=3, lambda_version="7")


@pytest.mark.parametrize("unreleased", [None, "1"])
def test_before_the_first_release_there_is_no_champion(unreleased: str | None) -> None:
    assert champion_behind(unreleased, MemoryVersions(model="m")) is None


def test_an_alias_that_somebody_else_pointed_elsewhere_is_reported() -> None:
    with pytest.raises(NotFound, match="Lambda version 9"):
        champion_behind("9", MemoryVersions(model="m"))
