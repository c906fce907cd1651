"""Graph checks: nodes exist, ask in no circle, and give what those that name them want."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import UNSET, UnsetType

from keepfit.definitions.graph_scope import GraphScope
from keepfit.definitions.mistakes import alike
from keepfit.definitions.model import Catalogue, ModelDefinition
from keepfit.definitions.tasks import label_kind
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.graph.definition import MAX_NODES, GraphDefinition, NodeDefinition
from keepfit.serving.graph.kind_modules import ENSEMBLES, KEYED, kind_named
from keepfit.serving.graph.kinds.base import Edge, Gives
from keepfit.serving.graph.order import circle, ordered
from keepfit.serving.graph.registry import kind_of, kinds

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WORDS: Final[Mapping[Gives, str]] = {"answer": "an answer", "columns": "columns"}


def graph_mistakes(catalogue: Catalogue, name: str) -> Iterator[str]:
    """The mistakes in the graph of a model that is right otherwise, as are the models that its nodes name."""
    model = catalogue.model[name]
    if not model.graph:
        return
    mistakes = [*_node_mistakes(catalogue, name, model.graph), *_edge_mistakes(name, model.graph)]
    yield from mistakes
    if not mistakes:
        yield from _whole_mistakes(catalogue, name, model, model.graph)


def compiled_graph(catalogue: Catalogue, name: str) -> CompiledGraph | UnsetType:
    """The graph of a model without mistakes; UNSET where it answers alone."""
    graph = catalogue.model[name].graph
    if not graph:
        return UNSET
    return GraphScope(catalogue, name, graph).compiled()


def graph_models(model: ModelDefinition) -> list[str]:
    """The other models that the nodes of a model's graph name."""
    nodes = model.graph.nodes.values() if model.graph else ()
    return list(dict.fromkeys(node.model for node in nodes if node.model))


def _node_mistakes(catalogue: Catalogue, name: str, graph: GraphDefinition) -> Iterator[str]:
    """What is wrong with a node by itself."""
    table = f"[model.{name}.graph.nodes]"
    if len(graph.nodes) > MAX_NODES:
        yield f"{table} {len(graph.nodes)} are more than a graph may have: name at most {MAX_NODES}"
    for node, definition in graph.nodes.items():
        where = f"[model.{name}.graph.nodes.{node[:60]}]"
        if not _NAME.fullmatch(node):
            yield f"{where} needs another name: small letters, digits and _, a letter first, at most 40"
        kind = kind_named(definition)
        if kind is None:
            yield f"{where} is no node yet: write one of ensemble, {', '.join(KEYED)}"
            continue
        yield from (f"{where} {says}" for says in _key_mistakes(kind, definition))
        if definition.model is not None:
            yield from (
                f"{where} model: {says}" for says in _model_mistakes(catalogue, name, definition.model)
            )


def _key_mistakes(kind: str, definition: NodeDefinition) -> Iterator[str]:
    """Keys that nodes of another kind have."""
    made_by = "ensemble" if kind in ENSEMBLES else kind
    for key in definition.__struct_fields__:
        if key == made_by or key in kind_of(kind).keys or not _declared(definition, key):
            continue
        others = [name for name, other in kinds() if key in other.keys or key == name]
        yield f"{key}: is for {' and '.join(others) or 'ensembles'}, and this is a {kind_of(kind).word}; leave it out"


def _declared(definition: NodeDefinition, key: str) -> bool:
    return getattr(definition, key) not in (None, [], {})


def _model_mistakes(catalogue: Catalogue, own: str, named: str) -> Iterator[str]:
    if named not in catalogue.model:
        yield f"there is no [model.{named[:60]}]; {alike(named, catalogue.model)}"
        return
    if named == own:
        return
    if catalogue.model[named].graph:
        yield (
            f"{named} has a graph of its own, and a graph is made of models alone: name the nodes of that graph here, "
            "or leave it out there"
        )
    ours, theirs = label_kind(catalogue, own), label_kind(catalogue, named)
    if ours != theirs:
        yield (
            f"{named} answers {_told(theirs)}, and {own} {_told(ours)}: nodes of a graph answer the same; name a "
            "model of that task"
        )


def _told(kind: tuple[str, str]) -> str:
    task, label = kind
    return f"the task {task} for a label of type {label}" if label else f"the task {task}"


def _edge_mistakes(name: str, graph: GraphDefinition) -> Iterator[str]:
    """What is wrong with what nodes name each other for."""
    nodes = graph.nodes
    known = {node: kind for node, definition in nodes.items() if (kind := kind_named(definition))}
    if graph.answer not in nodes:
        yield f"[model.{name}.graph] answer: {graph.answer[:60]!r} is no node; {alike(graph.answer, nodes)}"
    elif graph.answer in known and kind_of(known[graph.answer]).gives != "answer":
        yield f"[model.{name}.graph] answer: {graph.answer!r} gives columns, and an answer is wanted"
    for node, kind in known.items():
        for edge in _edges(kind, nodes[node]):
            where = f"[model.{name}.graph.nodes.{node}] {edge.key}:"
            if edge.to not in nodes:
                yield f"{where} {edge.to[:60]!r} is no node; {alike(edge.to, nodes)}"
            elif edge.to in known and kind_of(known[edge.to]).gives != edge.wants:
                gives = kind_of(known[edge.to]).gives
                yield f"{where} {edge.to!r} gives {_WORDS[gives]}, and {_WORDS[edge.wants]} is wanted there"


def _edges(kind: str, definition: NodeDefinition) -> Iterator[Edge]:
    yield from kind_of(kind).edges(definition)
    if definition.fallback is not None:
        yield Edge("fallback", definition.fallback, "answer")


def asks(graph: GraphDefinition) -> dict[str, list[str]]:
    """Of each node of a graph whose edges are right, those that it asks."""
    return {
        node: [edge.to for edge in _edges(kind_named(definition) or "", definition)]
        for node, definition in graph.nodes.items()
    }


def _whole_mistakes(
    catalogue: Catalogue, name: str, model: ModelDefinition, graph: GraphDefinition
) -> Iterator[str]:
    """What is wrong with a graph whose nodes and edges are right one by one."""
    edges, table = asks(graph), f"[model.{name}.graph.nodes"
    around = circle(edges)
    if around:
        yield f"{table}.{around[0]}] asks in a circle, {' → '.join(around)}: nobody would answer; take an edge away"
        return
    reached = ordered(graph.answer, edges)
    for node in graph.nodes:
        if node not in reached:
            yield f"{table}.{node}] is not reached from the answer {graph.answer!r}: name it in a node, or leave it out"
    if not any(node.model == name for node in graph.nodes.values()):
        yield f'{table}] has no node of the model itself, with which it is released: add one, model = "{name}"'
    if model.interval is not None:
        yield (
            f"[model.{name}] interval: it is measured of the model alone, and the node {graph.answer!r} answers; "
            "leave out interval, or the graph"
        )
    yield from GraphScope(catalogue, name, graph).mistakes()
