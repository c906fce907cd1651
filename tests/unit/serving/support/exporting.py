"""A registered version of the small model, as an exporter reads it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from keepfit.features.schema.signature import to_json
from keepfit.registry.artifact_store import ArtifactStore, sha256
from keepfit.registry.ports import Versions
from keepfit.registry.versions import Manifest, write_manifest
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.release.golden import GOLDEN, GoldenRequest
from keepfit.views.stores import ModelStores
from tests.unit.serving.support.small_model import SIGNATURE, instances, model


def version_files() -> dict[str, bytes]:
    """The files of the version that an exporter takes."""
    onnx, signature = model(), to_json(SIGNATURE)
    scorer, asked = Scorer.load(onnx, signature), instances(6)
    outputs = scorer.score(scorer.decode(msgspec.json.encode({"instances": asked}))).tolist()
    golden = [
        GoldenRequest(instance=instance, outputs=output)
        for instance, output in zip(asked, outputs, strict=True)
    ]
    return {"model.onnx": onnx, "signature.json": signature, GOLDEN: msgspec.json.encode(golden)}


def manifest_of(files: dict[str, bytes], model: str = "flight_delay") -> Manifest:
    """The manifest of version 3 with these files."""
    return Manifest(
        model=model,
        version=3,
        run_id="run-3",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        files={name: sha256(body) for name, body in files.items()},
        data={"flights": 1},
        digests={},
        metrics={"roc_auc": 0.7},
    )


def register_version(stores: ModelStores) -> None:
    """Registers it as version 1 of the model that the stores are of."""
    register_files(stores.artifacts, stores.versions, model=stores.model)


def register_files(artifacts: ArtifactStore, versions: Versions, *, model: str) -> None:
    """Registers it as version 1 of a model."""
    files = version_files()
    manifest = msgspec.structs.replace(manifest_of(files, model), version=1, run_id="run-1")
    versions.claim("run-1", manifest.created_at)
    for name, body in files.items():
        artifacts.put(f"models/{model}/000001/{name}", body)
    versions.register(write_manifest(artifacts, manifest))
