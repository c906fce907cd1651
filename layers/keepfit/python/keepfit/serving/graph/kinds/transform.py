"""A transform: columns by expressions, for nodes that take them in place of fields."""

from __future__ import annotations

from collections.abc import Iterator

from keepfit.errors import InvalidDefinition
from keepfit.serving.graph.building import Building
from keepfit.serving.graph.compiled import CompiledExpression, CompiledNode
from keepfit.serving.graph.definition import NodeDefinition
from keepfit.serving.graph.execution import Executor, GraphRun
from keepfit.serving.graph.kinds.base import NodeKind, NodeScope
from keepfit.serving.graph.row_sets import Rows
from keepfit.tasks.base import Outputs


class Transform(NodeKind):
    """See ``base.NodeKind``."""

    word = "transform"
    gives = "columns"
    keys = frozenset({"columns_from"})

    def mistakes(self, node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
        """Expressions that cannot be computed."""
        for column, sql in node.transform.items():
            try:
                scope.compiled(sql)
            except InvalidDefinition as error:
                yield f"transform: {column} = {sql[:60]!r}: {error}"

    def expressions(self, node: NodeDefinition, scope: NodeScope) -> dict[str, CompiledExpression]:
        """The columns."""
        return {column: scope.compiled(sql) for column, sql in node.transform.items()}

    def label(self, node: NodeDefinition) -> str:
        """With its columns."""
        return f"transform {', '.join(node.transform)}"

    def executor(self, name: str, node: CompiledNode, building: Building) -> Executor:
        """Nothing by itself: its expressions are part of what reads them."""
        del node
        return _Inlined(name, building.bit(name))


class _Inlined(Executor):
    def answer(self, run: GraphRun, rows: Rows) -> Outputs:
        """Never called: it gives columns."""
        del run, rows
        raise AssertionError(f"{self.name} gives columns")


KIND = Transform()
