"""Pictures of a graph: as text for Mermaid, and as a tree for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.graph.registry import kind_of

_SHAPES: Final = {
    "route": ("{", "}"),
    "segment": ("{", "}"),
    "transform": ("[/", "/]"),
    "function": ("[[", "]]"),
}
_BOX: Final = ("[", "]")


class Arrow(NamedTuple):
    """An edge as it is drawn; a dashed one is taken where a node fails."""

    source: str
    target: str
    label: str
    dashed: bool


def arrows(graph: CompiledGraph) -> Iterator[Arrow]:
    """The edges of a graph, from who asks to who answers."""
    for name, node in graph.nodes.items():
        kind, definition = kind_of(node.kind), node.definition
        for edge in kind.edges(definition):
            label = "columns" if edge.key == "columns_from" else kind.edge_label(definition, edge)
            yield Arrow(name, edge.to, label, dashed=False)
        if definition.fallback is not None:
            deadline = definition.deadline_ms
            label = "else" if deadline is None else f"else, or after {deadline} ms"
            yield Arrow(name, definition.fallback, label, dashed=True)


def caption(graph: CompiledGraph, name: str) -> str:
    """What is said of a node beside its name."""
    node = graph.nodes[name]
    return kind_of(node.kind).label(node.definition)


def depths(graph: CompiledGraph) -> dict[str, int]:
    """How far each node is from the answer, by the longest way: it stands behind all that ask it."""
    found = dict.fromkeys(graph.nodes, 0)
    asks = list(arrows(graph))
    for _ in graph.nodes:
        for arrow in asks:
            found[arrow.target] = max(found[arrow.target], found[arrow.source] + 1)
    return found


def mermaid(graph: CompiledGraph) -> str:
    """A flowchart for Mermaid, from requests to the answer.

    >>> from keepfit.serving.graph.definition import NodeDefinition
    >>> from keepfit.serving.graph.compiled import CompiledNode
    >>> own = CompiledNode(kind="model", definition=NodeDefinition(model="credit"))
    >>> print(mermaid(CompiledGraph(model="credit", answer="own", nodes={"own": own})))
    flowchart LR
      request([request]) --> own
      own["<b>own</b><br/>model credit"]
    """
    lines = ["flowchart LR", f"  request([request]) --> {graph.answer}"]
    for name, node in graph.nodes.items():
        opened, closed = _SHAPES.get(node.kind, _BOX)
        lines.append(f'  {name}{opened}"<b>{name}</b><br/>{_escaped(caption(graph, name))}"{closed}')
    for arrow in arrows(graph):
        line = "-.->" if arrow.dashed else "-->"
        label = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
        lines.append(f"  {arrow.source} {line}{label} {arrow.target}")
    return "\n".join(lines)


def tree(graph: CompiledGraph) -> list[str]:
    """The lines of a tree for a terminal; what hangs in several places is drawn out in the first."""
    lines, drawn = [f"{graph.answer}  {caption(graph, graph.answer)}"], {graph.answer}

    def draw(name: str, margin: str) -> None:
        below = [arrow for arrow in arrows(graph) if arrow.source == name]
        for place, arrow in enumerate(below):
            last = place == len(below) - 1
            label = f"{arrow.label}: " if arrow.label else ""
            known = arrow.target in drawn
            text = (
                f"{arrow.target}  see above" if known else f"{arrow.target}  {caption(graph, arrow.target)}"
            )
            lines.append(f"{margin}{'└─' if last else '├─'} {label}{text}")
            if not known:
                drawn.add(arrow.target)
                draw(arrow.target, margin + ("   " if last else "│  "))

    draw(graph.answer, "")
    return lines


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
