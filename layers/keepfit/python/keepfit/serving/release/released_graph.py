"""The graph of a release package, with its signature and requests, beside the package."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from keepfit.features.schema.signature import Signature
from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.versions import Release


class ReleasedGraph(msgspec.Struct, frozen=True, kw_only=True):
    """The ``versions`` of the other models in it, the ``signature`` of its requests, and ``instances``."""

    versions: dict[str, int]
    signature: Signature
    instances: list[dict[str, Any]]


def graph_key(model: str, version: int, code_sha256: str) -> str:
    """Where it is kept; ``code_sha256`` is that of the package, as AWS Lambda writes it."""
    return ModelScope(model).released_graph(version, base64.b64decode(code_sha256).hex())


def read_graph(store: ArtifactStore, model: str, version: int, code_sha256: str) -> ReleasedGraph:
    """Reads it. Raises NotFound where the package holds no graph."""
    return msgspec.json.decode(store.get(graph_key(model, version, code_sha256)), type=ReleasedGraph)


def signature_of_release(store: ArtifactStore, model: str, release: Release | None) -> Signature | None:
    """The signature of the requests of a release with a graph; None for that of its model's version."""
    if release is None or not release.nodes:
        return None
    return read_graph(store, model, release.version, release.code_sha256).signature
