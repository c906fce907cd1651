"""Deployed models tell their versions, tensors and readiness by the registry's records."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from keepfit.adapters.memory.registry import MemoryArtifacts, MemoryLedger, MemoryVersions
from keepfit.errors import NotFound
from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import sha256
from keepfit.registry.ledger import Entry
from keepfit.registry.versions import Manifest, Release, write_manifest
from keepfit.serving.protocols.open_inference.metadata import is_ready, model_metadata
from keepfit.serving.repository.deployed import DeployedModel, serving_after
from keepfit.serving.repository.ports import ServingVersion
from keepfit.tasks.spec import IntervalSpec, TaskSpec

AT = datetime(2026, 5, 4, tzinfo=UTC)
COLUMNS = [
    Column(name="distance", source="input", type="float"),
    Column(name="stops", source="input", type="int"),
    Column(name="carrier", source="input", type="category", vocabulary=["UA"]),
    Column(name="departure", source="input", type="timestamp"),
    Column(name="abroad", source="feature", type="bool"),
    Column(name="words", source="input", type="vector", length=3),
    Column(name="photo", source="input", type="image", size=[8, 8]),
    Column(name="hour", source="derived", type="float", expression=["column", "distance", "float"]),
]


def entry(version: int, weight: float, previous: int | None) -> Entry:
    return Entry(
        seq=version,
        previous_digest="",
        digest="",
        at=AT,
        action="promote",
        version=version,
        lambda_version=str(version + 1),
        previous_version=previous,
        weight=weight,
        who="",
        why="",
        run_id=None,
        revision="",
        replaced_revision="",
    )


def deployed(task: TaskSpec, *releases: Release, moves: tuple[Entry, ...] = ()) -> DeployedModel:
    """One model with one registered version."""
    store, versions, ledger = MemoryArtifacts(), MemoryVersions(model="delay"), MemoryLedger()
    claim = versions.claim("run", AT)
    signature = to_json(Signature(model="delay", label="late", event_time=None, columns=COLUMNS, task=task))
    store.put(f"{ModelScope('delay').version(1)}signature.json", signature)
    manifest = Manifest(
        model="delay",
        version=claim.version,
        run_id="run",
        created_at=AT,
        files={"signature.json": sha256(signature)},
        data={},
        digests={},
        metrics={},
    )
    versions.register(write_manifest(store, manifest))
    for each in releases:
        versions.record_release(each)
    for each in moves:
        ledger.append(each)
    return DeployedModel(name="delay", function="predict", ledger=ledger, versions=versions, store=store)


def release(lambda_version: str, version: int, *, pruned: bool = False) -> Release:
    return Release(
        lambda_version=lambda_version,
        version=version,
        code_sha256="",
        published_at=AT,
        pruned_at=AT if pruned else None,
    )


@pytest.mark.parametrize(
    ("last", "answer"),
    [
        (None, []),
        (entry(1, 1.0, None), [(1, 1.0)]),
        (entry(2, 0.25, 1), [(1, 0.75), (2, 0.25)]),
        (entry(2, 0.0, 1), [(1, 1.0)]),
        (entry(1, 0.0, None), []),
        (entry(2, 1.0, 1), [(2, 1.0)]),
    ],
)
def test_the_newest_move_says_which_versions_answer_and_how_often(
    last: Entry | None, answer: list[tuple[int, float]]
) -> None:
    assert serving_after(last) == [ServingVersion(version=v, share=share) for v, share in answer]


def test_a_version_is_asked_where_it_was_packaged_last() -> None:
    model = deployed(TaskSpec(kind="binary"), release("2", 1), release("3", 2), release("4", 1))
    assert model.lambda_version(1) == "4"
    pruned = deployed(TaskSpec(kind="binary"), release("2", 1, pruned=True), release("3", 2))
    with pytest.raises(NotFound, match="version 1 of delay cannot be asked; those that can: 2"):
        pruned.lambda_version(1)


def test_a_model_is_ready_once_it_is_released_and_a_version_while_it_can_be_asked() -> None:
    fresh = deployed(TaskSpec(kind="binary"))
    assert not is_ready(fresh, None)
    with pytest.raises(NotFound, match="no version of delay is released yet"):
        model_metadata(fresh, None)
    served = deployed(TaskSpec(kind="binary"), release("2", 1), moves=(entry(1, 1.0, None),))
    assert is_ready(served, None)
    assert is_ready(served, 1)
    with pytest.raises(NotFound):
        is_ready(served, 2)


def test_metadata_names_a_tensor_for_each_field_of_an_instance() -> None:
    told = model_metadata(deployed(TaskSpec(kind="binary"), moves=(entry(1, 1.0, None),)), None)
    assert (told["name"], told["versions"], told["platform"]) == ("delay", ["1"], "onnxruntime_onnx")
    assert {each["name"]: (each["datatype"], each["shape"]) for each in told["inputs"]} == {
        "distance": ("FP64", [-1]),
        "stops": ("INT64", [-1]),
        "carrier": ("BYTES", [-1]),
        "departure": ("BYTES", [-1]),
        "abroad": ("BOOL", [-1]),
        "words": ("FP64", [-1, 3]),
        "photo": ("BYTES", [-1]),
    }


@pytest.mark.parametrize(
    ("task", "outputs"),
    [
        (TaskSpec(kind="binary"), {"prediction": ("BOOL", [-1]), "probability": ("FP64", [-1])}),
        (
            TaskSpec(kind="multiclass", classes=["a", "b"]),
            {"prediction": ("BYTES", [-1]), "probability": ("FP64", [-1, 2]), "classes": ("BYTES", [2])},
        ),
        (
            TaskSpec(kind="multiclass", classes=[3, 5, 8]),
            {"prediction": ("INT64", [-1]), "probability": ("FP64", [-1, 3]), "classes": ("INT64", [3])},
        ),
        (TaskSpec(kind="regression"), {"prediction": ("FP64", [-1])}),
        (
            TaskSpec(kind="regression", interval=IntervalSpec(level=0.9, low=-1, high=1)),
            {name: ("FP64", [-1]) for name in ("prediction", "low", "high")},
        ),
    ],
)
def test_metadata_names_the_tensors_of_an_answer(
    task: TaskSpec, outputs: dict[str, tuple[str, list[int]]]
) -> None:
    told = model_metadata(deployed(task, moves=(entry(1, 1.0, None),)), 1)
    found = {each["name"]: (each["datatype"], each["shape"]) for each in told["outputs"]}
    assert found == {**outputs, "prediction_id": ("BYTES", [-1])}
    assert msgspec.json.decode(msgspec.json.encode(told)) == told
