"""The files of a graph in the package of a release, and the scorer that is loaded of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from keepfit.errors import InvalidOutput
from keepfit.features.schema.signature import Signature, from_json
from keepfit.serving.graph.building import AskFunction
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.graph.metrics import NodeMetrics
from keepfit.serving.graph.request_signature import request_signature
from keepfit.serving.graph.scorer import GraphScorer
from keepfit.serving.inference.scorer import Scorer

GRAPH: Final = "graph.json"
MODELS: Final = "graph"
"""The folder that holds one for each of the other models: model.onnx, signature.json and segments.zip."""


class PackagedGraph(msgspec.Struct, frozen=True, kw_only=True):
    """A graph with the version of each of its models, by name."""

    graph: CompiledGraph
    versions: dict[str, int]


def load_graph(
    folder: Path,
    graph: CompiledGraph,
    write: Callable[[bytes], object],
    caller: Callable[[], AskFunction],
) -> GraphScorer:
    """Loads the scorer of a graph whose files are in ``folder``.

    Args:
        folder: of a package.
        graph: the one in its graph.json.
        write: takes the lines of metrics.
        caller: makes what asks Lambda functions, where a node is one.

    Raises:
        InvalidModel: models that do not load, or cannot answer together.
    """
    scorers = {graph.model: load_scorer(folder)}
    for model in graph.models[1:]:
        scorers[model] = load_scorer(folder / MODELS / model)
    has_functions = any(node.definition.function for node in graph.nodes.values())
    return GraphScorer(
        graph,
        scorers,
        observer=NodeMetrics(graph.model, write),
        ask_function=caller() if has_functions else _unasked,
    )


def read_signature(folder: Path) -> Signature:
    """The signature of the requests of the graph whose files are in ``folder``, without loading a model.

    Raises:
        InvalidModel: models that cannot answer together.
    """
    graph = msgspec.json.decode((folder / GRAPH).read_bytes(), type=PackagedGraph).graph
    folders = {graph.model: folder, **{model: folder / MODELS / model for model in graph.models[1:]}}
    signatures = {model: from_json((path / "signature.json").read_bytes()) for model, path in folders.items()}
    return request_signature(graph, signatures)


def load_scorer(folder: Path) -> Scorer:
    """The scorer of the files of one version."""
    segments = folder / "segments.zip"
    model, signature = (folder / "model.onnx").read_bytes(), (folder / "signature.json").read_bytes()
    return Scorer.load(model, signature, segments if segments.exists() else None)


def _unasked(arn: str, payload: bytes) -> bytes:
    del payload
    raise InvalidOutput(f"no node of the graph is the function {arn}")
