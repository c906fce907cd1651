"""A node that is a model: this one's champion, or that of another, in this process."""

from __future__ import annotations

from collections.abc import Iterator

from keepfit.serving.graph.building import Building
from keepfit.serving.graph.compiled import CompiledNode
from keepfit.serving.graph.definition import NodeDefinition
from keepfit.serving.graph.execution import Executor
from keepfit.serving.graph.kinds.base import NodeKind, NodeScope
from keepfit.serving.graph.scored_rows import ScoredRows


class ModelNode(NodeKind):
    """See ``base.NodeKind``."""

    word = "model"
    keys = frozenset({"columns_from", "deadline_ms", "fallback"})

    def mistakes(self, node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
        """Columns that the model does not read, or as something else."""
        yield from given_mistakes(node, scope)

    def label(self, node: NodeDefinition) -> str:
        """The model's name."""
        return f"model {node.model}"

    def executor(self, name: str, node: CompiledNode, building: Building) -> Executor:
        """Scores by the model's own scorer."""
        return ScoredRows(name, node.definition, building)


def given_mistakes(node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
    """The mistakes in the columns that a node gives its model in place of fields."""
    reads = scope.reads[node.model or ""]
    for column, kind in scope.given.items():
        if column not in reads:
            yield (
                f"columns_from: the column {column!r} is none that {node.model} reads; "
                f"it reads {', '.join(sorted(reads))}"
            )
        elif kind != reads[column] and (kind, reads[column]) != ("float", "int"):
            yield (
                f"columns_from: the column {column!r} is of type {kind}, and {node.model} reads a {reads[column]} there"
            )


KIND = ModelNode()
