"""A transform of a score: an expression over it and fields of the request."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keepfit.errors import InvalidDefinition, InvalidOutput
from keepfit.serving.graph.building import Building
from keepfit.serving.graph.compiled import CompiledExpression, CompiledNode
from keepfit.serving.graph.definition import NodeDefinition
from keepfit.serving.graph.execution import Executor, GraphRun
from keepfit.serving.graph.kinds.base import NodeKind, NodeScope
from keepfit.serving.graph.row_code import SCORE
from keepfit.serving.graph.row_sets import Rows
from keepfit.tasks.base import Outputs

_OF_SCORE = {SCORE: "float"}


class ScoreTransform(NodeKind):
    """See ``base.NodeKind``."""

    word = "score"
    keys = frozenset({"of", "columns_from", "fallback"})

    def mistakes(self, node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
        """An expression that cannot be computed, or of no score."""
        if len(node.of) != 1:
            yield "of: name the one node whose score the expression reads"
        if not scope.task.is_one_number:
            yield "score: a score is one number, and these nodes answer several: leave the node out"
        if SCORE in scope.types:
            yield f"score: requests have a field {SCORE!r}, which the expression could mean too; rename it"
        sql = node.score or ""
        try:
            kind = scope.compiled(sql, _OF_SCORE).type
        except InvalidDefinition as error:
            yield f"score = {sql[:60]!r}: {error}"
        else:
            if kind != "float":
                yield f"score = {sql[:60]!r} gives a {kind}, and a score is a number"

    def expressions(self, node: NodeDefinition, scope: NodeScope) -> dict[str, CompiledExpression]:
        """The expression."""
        return {SCORE: scope.compiled(node.score or "", _OF_SCORE)}

    def label(self, node: NodeDefinition) -> str:
        """The expression."""
        return f"score = {node.score}"

    def executor(self, name: str, node: CompiledNode, building: Building) -> Executor:
        """Computes the expression row by row."""
        return _Rescored(name, node, building)


class _Rescored(Executor):
    def __init__(self, name: str, node: CompiledNode, building: Building) -> None:
        super().__init__(name, building.bit(name))
        (self._of,), self._task = node.definition.of, building.task
        self._rescore = building.functions.rescoring(node.expressions[SCORE], node.definition.columns_from)

    def asks(self, run: GraphRun, rows: Rows) -> list[tuple[str, Rows]]:
        """See ``Executor.asks``."""
        del run
        return [(self._of, rows)]

    def answer(self, run: GraphRun, rows: Rows) -> Outputs:
        """See ``Executor.answer``."""
        scores = run.answer(self._of, rows).tolist()
        values = self._rescore(run.instances(rows), scores)
        outputs = np.array([np.nan if value is None else value for value in values], np.float64)
        wrong = self._task.invalid(outputs)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InvalidOutput(
                f"it makes {values[row]} of the score {scores[row]}, which is not {self._task.valid_output}"
            )
        return self._task.rounded(outputs)


KIND = ScoreTransform()
