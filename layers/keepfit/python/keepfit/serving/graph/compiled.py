"""A serving graph as it is compiled: what a package and the definition of a run hold of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import msgspec

from keepfit.features.schema.cell_form import CellForm
from keepfit.serving.graph.definition import NodeDefinition


class CompiledExpression(msgspec.Struct, frozen=True, kw_only=True):
    """The tree of an expression, and the type of what it gives."""

    tree: list[Any]
    type: str


class CompiledNode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A node with its ``kind``, and its ``expressions`` by what they are called or written as."""

    kind: str
    definition: NodeDefinition
    expressions: dict[str, CompiledExpression] = {}


class CompiledGraph(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A graph of the model ``model``.

    ``fields`` are those of requests that it declares for expressions, ``views`` all that its models look up.
    """

    model: str
    answer: str
    nodes: dict[str, CompiledNode]
    fields: dict[str, CellForm] = {}
    views: list[str] = []

    @cached_property
    def models(self) -> list[str]:
        """The models whose champions answer in it, its own first."""
        named = {node.definition.model: None for node in self.nodes.values() if node.definition.model}
        return [self.model, *(name for name in named if name != self.model)]

    @cached_property
    def bits(self) -> dict[str, int]:
        """The bit of each node in the number that says which nodes answered a row."""
        return {name: 1 << place for place, name in enumerate(sorted(self.nodes))}

    def answered_by(self, number: int) -> list[str]:
        """The nodes that answered a row, of the number that is logged with it."""
        return [name for name, bit in self.bits.items() if number & bit]


def given_by(graph: CompiledGraph, columns_from: Sequence[str]) -> dict[str, str]:
    """The columns that some nodes give, each with the node that gives it."""
    return {column: node for node in columns_from for column in graph.nodes[node].expressions}
