"""An ensemble by the mean of several nodes' answers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from keepfit.serving.graph.building import Building
from keepfit.serving.graph.compiled import CompiledNode
from keepfit.serving.graph.definition import NodeDefinition
from keepfit.serving.graph.execution import Executor, GraphRun
from keepfit.serving.graph.kinds.base import Edge, NodeKind, NodeScope
from keepfit.serving.graph.row_sets import Rows
from keepfit.tasks.base import Outputs


class MeanEnsemble(NodeKind):
    """See ``base.NodeKind``."""

    word = "mean"
    keys = frozenset({"of", "weights", "fallback"})

    def mistakes(self, node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
        """What cannot be weighed."""
        del scope
        yield from several_mistakes(node)
        yield from weight_mistakes(node)

    def edge_label(self, node: NodeDefinition, edge: Edge) -> str:
        """Its weight."""
        return weight_label(node, edge)

    def executor(self, name: str, node: CompiledNode, building: Building) -> Executor:
        """The mean."""
        return WeightedMean(name, building.bit(name), node.definition)


class WeightedMean(Executor):
    """The weighted mean of outputs, added in the order of the definition."""

    def __init__(self, name: str, bit: int, node: NodeDefinition) -> None:
        super().__init__(name, bit)
        self._of = tuple(node.of)
        self._weights = tuple(node.weights) or (1.0,) * len(node.of)
        self._total = math.fsum(self._weights)

    def asks(self, run: GraphRun, rows: Rows) -> list[tuple[str, Rows]]:
        """See ``Executor.asks``."""
        del run
        return [(name, rows) for name in self._of]

    def answer(self, run: GraphRun, rows: Rows) -> Outputs:
        """See ``Executor.answer``."""
        return self.mean([run.answer(name, rows) for name in self._of])

    def mean(self, outputs: Sequence[Outputs]) -> Outputs:
        """The mean of outputs, in the order of the definition."""
        weighed = [
            weight * each if weight != 1 else each
            for weight, each in zip(self._weights, outputs, strict=True)
        ]
        mean: Outputs = sum(weighed[1:], weighed[0]) / self._total
        return mean


def several_mistakes(node: NodeDefinition) -> Iterator[str]:
    """That an ensemble is made of too few nodes, or of one twice."""
    if len(node.of) < 2 or len(set(node.of)) < len(node.of):
        yield "of: name at least two nodes, and each only once"


def weight_mistakes(node: NodeDefinition) -> Iterator[str]:
    """What is wrong with the weights of a node."""
    if not node.weights:
        return
    if len(node.weights) != len(node.of):
        yield f"weights: {len(node.weights)} weigh the {len(node.of)} nodes in of; write one for each"
    if not all(0 < weight < math.inf for weight in node.weights):
        yield "weights: each must be a finite number above 0; leave out the node that counts nothing"


def weight_label(node: NodeDefinition, edge: Edge) -> str:
    """The weight of a node, for a picture."""
    return f"{node.weights[node.of.index(edge.to)]:g}" if node.weights else ""


KIND = MeanEnsemble()
