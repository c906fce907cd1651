"""The interface of node kinds: what a node may declare, whom it asks, and what answers for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from keepfit.serving.graph.building import Building
from keepfit.serving.graph.compiled import CompiledExpression, CompiledNode
from keepfit.serving.graph.definition import NodeDefinition
from keepfit.serving.graph.execution import Executor
from keepfit.tasks.base import TaskType
from keepfit.tasks.spec import TaskSpec

Gives = Literal["answer", "columns"]


class Edge(NamedTuple):
    """That a node names another in ``key``, and what it wants of it."""

    key: str
    to: str
    wants: Gives


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeScope:
    """What a node may name, while its definition is checked.

    Args:
        types: the columns that its expressions may read, fields of requests and columns of other nodes.
        given: those of them that other nodes give.
        task: what the graph's answer is.
        reads: of each model the fields that it reads, with their types.
        compile_expression: an SQL text over columns of these types to its tree and type.
    """

    types: Mapping[str, str]
    given: Mapping[str, str]
    task: TaskType
    reads: Mapping[str, Mapping[str, str]]
    compile_expression: Callable[[str, dict[str, Any]], tuple[list[Any], str]]

    def compiled(self, sql: str, more: Mapping[str, str] | None = None) -> CompiledExpression:
        """An expression, which may read ``more`` columns. Raises InvalidDefinition."""
        tree, kind = self.compile_expression(sql, {**self.types, **(more or {})})
        return CompiledExpression(tree=tree, type=kind)


class NodeKind(ABC):
    """A kind of nodes.

    Attributes:
        word: what messages and pictures call one.
        gives: what it gives to those that name it.
        keys: what its definition may declare, beside the key that makes it one.
        passes_on: whether an answer of it is that of one other node.
    """

    word: ClassVar[str]
    gives: ClassVar[Gives] = "answer"
    keys: ClassVar[frozenset[str]]
    passes_on: ClassVar[bool] = False

    def edges(self, node: NodeDefinition) -> Iterator[Edge]:
        """The nodes that it asks, but its fallback."""
        yield from (Edge("of", name, "answer") for name in node.of)
        yield from (Edge("columns_from", name, "columns") for name in node.columns_from)

    @abstractmethod
    def mistakes(self, node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
        """What is wrong with a node whose edges are right."""

    def expressions(self, node: NodeDefinition, scope: NodeScope) -> dict[str, CompiledExpression]:
        """The expressions of a node without mistakes."""
        del node, scope
        return {}

    def label(self, node: NodeDefinition) -> str:
        """What a picture says of a node beside its name."""
        del node
        return self.word

    def edge_label(self, node: NodeDefinition, edge: Edge) -> str:
        """What a picture says of one of its edges."""
        del node, edge
        return ""

    def task_spec(self, spec: TaskSpec) -> TaskSpec:
        """What its answers mean, where ``spec`` is what its model's own mean."""
        return spec

    @abstractmethod
    def executor(self, name: str, node: CompiledNode, building: Building) -> Executor:
        """What answers for the node. Raises InvalidModel."""
