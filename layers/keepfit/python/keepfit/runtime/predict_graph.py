"""Composition root of `predict` for models with a graph.

Everything imported here adds to their cold starts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from keepfit.adapters.http.lambda_caller import LambdaCaller
from keepfit.serving.graph.building import AskFunction
from keepfit.serving.graph.package import GRAPH, PackagedGraph, load_graph
from keepfit.serving.graph.scorer import GraphScorer


def load_scorer(folder: Path, write: Callable[[bytes], object]) -> GraphScorer:
    """The scorer of the graph in ``folder``; ``write`` takes the lines of its metrics."""
    packaged = msgspec.json.decode((folder / GRAPH).read_bytes(), type=PackagedGraph)
    return load_graph(folder, packaged.graph, write, _caller)


def _caller() -> AskFunction:
    return LambdaCaller.from_environment()
