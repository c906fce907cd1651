"""Composition root of what packages the graph of a model; imported by releases of models with one."""

from __future__ import annotations

from keepfit.errors import NotFound
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.versions import ModelVersion
from keepfit.runtime.deployed_models import deployed_model
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.release.graph_packaging import GraphPackaging


def packaging(graph: CompiledGraph, artifacts: ArtifactStore) -> GraphPackaging:
    """Packages ``graph`` with the versions of its models that serve at that moment."""
    return GraphPackaging(graph=graph, artifacts=artifacts, champion_of=_champion_of)


def _champion_of(name: str) -> ModelVersion:
    model = deployed_model(name)
    serving = model.serving()
    if not serving:
        raise NotFound(
            f"no version of {name} serves yet, which a node of the graph names: train {name}, and the graph is released"
            " with it then"
        )
    return model.versions.get(serving[0].version)
