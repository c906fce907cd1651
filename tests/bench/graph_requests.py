"""Measures what a serving graph adds to a request of its models: a part of `scripts/bench requests`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from keepfit.features.expressions.parse import compile_expression
from keepfit.serving.graph.compiled import CompiledExpression, CompiledGraph, CompiledNode
from keepfit.serving.graph.definition import NodeDefinition, RouteDefinition
from keepfit.serving.graph.kind_modules import kind_named
from keepfit.serving.graph.metrics import NodeMetrics
from keepfit.serving.graph.scorer import GraphScorer
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.predictor import Predictor
from tests.bench.figures import Comparison
from tests.bench.in_process import best_in_turns

_FAR = "distance > 1500"
_MODELS = {"own": NodeDefinition(model="flight_delay"), "other": NodeDefinition(model="other")}
_MEAN = NodeDefinition(ensemble="mean", of=["own", "other"])
_ROUTER = NodeDefinition(route=[RouteDefinition(to="own", when=_FAR), RouteDefinition(to="other")])
_PATIENT = {"own": _MODELS["own"], "other": msgspec.structs.replace(_MODELS["other"], deadline_ms=5_000)}
GRAPHS: Mapping[str, tuple[str, Mapping[str, NodeDefinition]]] = {
    "one node": ("own", {"own": _MODELS["own"]}),
    "router to two models": ("top", {**_MODELS, "top": _ROUTER}),
    "mean of two models": ("top", {**_MODELS, "top": _MEAN}),
    "mean, one with a deadline": ("top", {**_PATIENT, "top": _MEAN}),
}


def compared(
    scorer: Scorer, log: Callable[[bytes], object], events: Mapping[str, Mapping[str, Any]], *, rounds: int
) -> list[Comparison]:
    """A table for each event: the model alone, and graphs in which it is two of the nodes."""
    alone = Predictor(scorer=scorer, model="flight_delay", version=3, log=log)
    ways = {"the model alone": alone} | {
        name: Predictor(scorer=_graph(scorer, log, *graph), model="flight_delay", version=3, log=log)
        for name, graph in GRAPHS.items()
    }
    return [_compared(title, ways, event, rounds) for title, event in events.items()]


def _compared(title: str, ways: Mapping[str, Predictor], event: Mapping[str, Any], rounds: int) -> Comparison:
    best = best_in_turns(
        {name: partial(way.answer, event) for name, way in ways.items()}, rounds=rounds, seconds=0.003
    )
    whole = best["the model alone"]
    rows = [
        {"way": name, "microseconds": took * 1e6, "above the model alone": (took - whole) * 1e6}
        for name, took in best.items()
    ]
    return Comparison(title=f"Graphs, {title}, CPU microseconds", rows=rows)


def _graph(
    scorer: Scorer, log: Callable[[bytes], object], answer: str, nodes: Mapping[str, NodeDefinition]
) -> GraphScorer:
    types = {column.name: column.type for column in scorer.signature.instance_columns}
    tree, kind = compile_expression(_FAR, types)
    graph = CompiledGraph(
        model="flight_delay",
        answer=answer,
        nodes={
            name: CompiledNode(
                kind=kind_named(node) or "",
                definition=node,
                expressions={_FAR: CompiledExpression(tree=tree, type=kind)} if node.route else {},
            )
            for name, node in nodes.items()
        },
    )
    return GraphScorer(
        graph,
        dict.fromkeys(graph.models, scorer),
        observer=NodeMetrics(graph.model, log),
        ask_function=lambda _arn, _payload: b"",
    )
