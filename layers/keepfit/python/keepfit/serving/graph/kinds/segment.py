"""An ensemble by a choice per segment: the value of a field chooses the node that answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

from keepfit.serving.graph.building import Building
from keepfit.serving.graph.compiled import CompiledNode
from keepfit.serving.graph.definition import NodeDefinition
from keepfit.serving.graph.execution import Executor
from keepfit.serving.graph.kinds.base import Edge, NodeKind, NodeScope
from keepfit.serving.graph.routed_rows import Ways


class SegmentChoice(NodeKind):
    """See ``base.NodeKind``."""

    word = "segment"
    keys = frozenset({"by", "choices", "otherwise", "fallback"})
    passes_on = True

    def edges(self, node: NodeDefinition) -> Iterator[Edge]:
        """Those that are chosen."""
        yield from (Edge("choices", name, "answer") for name in dict.fromkeys(node.choices.values()))
        if node.otherwise is not None:
            yield Edge("otherwise", node.otherwise, "answer")

    def mistakes(self, node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
        """What chooses nothing."""
        if len(node.by) != 1 or scope.types.get(node.by[0]) != "category":
            yield "by: name the one field of type category whose values choose, of those that requests hold"
        if not node.choices:
            yield 'choices: name a node for one value at least: { north = "forest" }'
        if node.otherwise is None:
            yield "otherwise is missing: name the node that answers every other value"

    def label(self, node: NodeDefinition) -> str:
        """With the field."""
        return f"by {node.by[0]}"

    def edge_label(self, node: NodeDefinition, edge: Edge) -> str:
        """The values that choose it."""
        if edge.key == "otherwise":
            return "otherwise"
        return ", ".join(value for value, name in node.choices.items() if name == edge.to)

    def executor(self, name: str, node: CompiledNode, building: Building) -> Executor:
        """A router by a dictionary."""
        definition = node.definition
        ways = [*definition.choices.values(), definition.otherwise or ""]
        places = {value: place for place, value in enumerate(definition.choices)}
        others, value_of = len(places), attrgetter(building.functions.attributes[definition.by[0]])

        def choose(instances: Sequence[Any]) -> list[int]:
            return [places.get(value_of(instance), others) for instance in instances]

        return Ways(name, building.bit(name), ways, choose, building.task)


KIND = SegmentChoice()
