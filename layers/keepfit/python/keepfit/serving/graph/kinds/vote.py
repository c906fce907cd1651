"""An ensemble by votes: the share of nodes that decide for a label."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from keepfit.serving.graph.building import Building
from keepfit.serving.graph.compiled import CompiledNode
from keepfit.serving.graph.definition import NodeDefinition
from keepfit.serving.graph.execution import Executor, GraphRun
from keepfit.serving.graph.kinds.base import Edge, NodeKind, NodeScope
from keepfit.serving.graph.kinds.mean import WeightedMean, several_mistakes, weight_label, weight_mistakes
from keepfit.serving.graph.row_sets import Rows
from keepfit.tasks.base import Outputs
from keepfit.tasks.spec import TaskSpec


class Vote(NodeKind):
    """See ``base.NodeKind``."""

    word = "vote"
    keys = frozenset({"of", "weights", "fallback"})

    def mistakes(self, node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
        """What cannot be counted."""
        if not scope.task.decides:
            yield 'ensemble: votes are for labels, and these nodes answer numbers; write ensemble = "mean"'
        yield from several_mistakes(node)
        yield from weight_mistakes(node)

    def edge_label(self, node: NodeDefinition, edge: Edge) -> str:
        """Its weight."""
        return weight_label(node, edge)

    def task_spec(self, spec: TaskSpec) -> TaskSpec:
        """Shares of votes, of which half decides."""
        return msgspec.structs.replace(spec, threshold=None)

    def executor(self, name: str, node: CompiledNode, building: Building) -> Executor:
        """The mean of votes."""
        return _Votes(name, node.definition, building)


class _Votes(Executor):
    def __init__(self, name: str, node: NodeDefinition, building: Building) -> None:
        super().__init__(name, building.bit(name))
        self._of = tuple(node.of)
        self._votes = [building.votes(each) for each in node.of]
        self._mean = WeightedMean(name, self.bit, node).mean

    def asks(self, run: GraphRun, rows: Rows) -> list[tuple[str, Rows]]:
        """See ``Executor.asks``."""
        del run
        return [(name, rows) for name in self._of]

    def answer(self, run: GraphRun, rows: Rows) -> Outputs:
        """See ``Executor.answer``."""
        return self._mean(
            [votes(run.answer(name, rows)) for name, votes in zip(self._of, self._votes, strict=True)]
        )


KIND = Vote()
