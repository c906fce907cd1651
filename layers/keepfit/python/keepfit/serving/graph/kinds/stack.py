"""An ensemble by a model that reads the scores of other nodes."""

from __future__ import annotations

from collections.abc import Iterator

from keepfit.serving.graph.building import Building
from keepfit.serving.graph.compiled import CompiledNode
from keepfit.serving.graph.definition import NodeDefinition
from keepfit.serving.graph.execution import Executor
from keepfit.serving.graph.kinds.base import NodeKind, NodeScope
from keepfit.serving.graph.kinds.model import given_mistakes
from keepfit.serving.graph.scored_rows import ScoredRows


class Stack(NodeKind):
    """See ``base.NodeKind``."""

    word = "stack"
    keys = frozenset({"of", "model", "columns_from", "deadline_ms", "fallback"})

    def mistakes(self, node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
        """What the model above does not read as scores."""
        if not node.of or len(set(node.of)) < len(node.of):
            yield "of: name at least one node, and each only once"
        if node.model is None:
            yield "model is missing: name the model that reads the scores of the nodes in of"
            return
        if not scope.task.is_one_number:
            yield 'ensemble: a score is one number, and these nodes answer several; write ensemble = "mean"'
        reads = scope.reads[node.model]
        for name in node.of:
            if reads.get(name) != "float":
                has = f"reads a {reads[name]} there" if name in reads else "does not read it"
                yield f"of: the score of {name!r} is a float of that name for {node.model}, which {has}"
        yield from given_mistakes(node, scope)

    def label(self, node: NodeDefinition) -> str:
        """With the model's name."""
        return f"stack by {node.model}"

    def executor(self, name: str, node: CompiledNode, building: Building) -> Executor:
        """Scores by the scorer of the model above."""
        return ScoredRows(name, node.definition, building, node.definition.of)


KIND = Stack()
