"""Registered model versions: immutable files, verified by the digests of a manifest.

A version is complete before it is seen: its number is claimed for a run, its files are written once, the manifest with
their digests is written last, and only then does the registry show it, with the digest of the manifest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import ArtifactStore, read_verified, sha256, write_once
from keepfit.registry.segment_pack import SEGMENTS
from keepfit.registry.verdicts import Verdict

MANIFEST = "manifest.json"
EXPLAINER = "explainer.msgpack"
"""What tells of an answer what each column adds to it; versions of before have none."""
_MODEL_FILES = ("model.onnx", "signature.json")
# What judged while no version said so.
FORMER_METRIC = "roc_auc"


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A version number reserved for a run; retries repeat the instant of the first attempt."""

    version: int
    run_id: str
    claimed_at: datetime


class ModelVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A registered model: ``manifest_sha256`` verifies its manifest, which verifies its files.

    ``segments`` is how many have a model of their own.
    """

    model: str
    version: int
    run_id: str
    created_at: datetime
    manifest_sha256: str
    metrics: dict[str, float] = {}
    metric: str = FORMER_METRIC
    segments: int = 0


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A published Lambda version and the model version inside it; ``code_sha256`` is base64.

    ``pruned_at`` is when the Lambda version was taken away; the model version is still there to be packaged again.
    ``nodes`` are the versions of other models inside, by their names, where a graph answers.
    """

    lambda_version: str
    version: int
    code_sha256: str
    published_at: datetime
    pruned_at: datetime | None = None
    nodes: dict[str, int] | UnsetType = UNSET


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a version and their origin.

    ``files`` maps each file name to its SHA-256 in hex; ``data`` each dataset to the version that was read;
    ``digests`` has one entry each for data, definition, code and packages; ``metric`` is the one of ``metrics`` that it
    was judged by; ``verdicts`` are those of the gates that it passed, or that only warn; ``segments`` is how many have
    a model of their own.
    """

    model: str
    version: int
    run_id: str
    created_at: datetime
    files: dict[str, str]
    data: dict[str, int]
    digests: dict[str, str]
    metrics: dict[str, float]
    metric: str = FORMER_METRIC
    verdicts: list[Verdict] = []
    segments: int = 0


def write_manifest(store: ArtifactStore, manifest: Manifest) -> ModelVersion:
    """Writes the manifest of a version whose files are written; does not register it yet."""
    body = msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"))
    kept = write_once(store, ModelScope(manifest.model).version(manifest.version) + MANIFEST, body)
    return ModelVersion(
        model=manifest.model,
        version=manifest.version,
        run_id=manifest.run_id,
        created_at=manifest.created_at,
        manifest_sha256=sha256(kept),
        metrics=manifest.metrics,
        metric=manifest.metric,
        segments=manifest.segments,
    )


def read_manifest(store: ArtifactStore, version: ModelVersion) -> Manifest:
    """Reads a version's manifest, verified by the registry's digest.

    Raises:
        TamperedArtifact: its bytes are not those that were registered.
    """
    key = ModelScope(version.model).version(version.version) + MANIFEST
    return msgspec.json.decode(read_verified(store, key, version.manifest_sha256), type=Manifest)


def read_files(store: ArtifactStore, version: ModelVersion, names: Iterable[str]) -> dict[str, bytes]:
    """Reads files of a version by name, each verified by the manifest.

    Raises:
        TamperedArtifact: bytes that differ from those registered, or a file that the manifest does not know.
        NotFound: a file that is gone.
    """
    manifest = read_manifest(store, version)
    prefix = ModelScope(version.model).version(version.version)
    return {name: read_verified(store, prefix + name, manifest.files.get(name, "")) for name in names}


def read_model(store: ArtifactStore, version: ModelVersion, *more: str) -> dict[str, bytes]:
    """Reads what answers requests of a version, verified, and ``more`` of its files.

    That is model.onnx, signature.json and, where the version has them, what explains answers and the models of
    segments; see ``read_files``.
    """
    kept = read_manifest(store, version).files
    return read_files(
        store, version, [*_MODEL_FILES, *(name for name in (SEGMENTS, EXPLAINER) if name in kept), *more]
    )
