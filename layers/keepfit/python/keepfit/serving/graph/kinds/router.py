"""A router: by the first condition that holds, or by shares of a hash of fields."""

from __future__ import annotations

import math
from collections.abc import Iterator

from keepfit.errors import InvalidDefinition
from keepfit.serving.graph.building import Building
from keepfit.serving.graph.compiled import CompiledExpression, CompiledNode
from keepfit.serving.graph.definition import NodeDefinition
from keepfit.serving.graph.execution import Executor
from keepfit.serving.graph.kinds.base import Edge, NodeKind, NodeScope
from keepfit.serving.graph.routed_rows import ChooseWays, Ways
from keepfit.serving.graph.sticky_shares import StickyShares

_SUM_ROUNDING = 1e-9


class Router(NodeKind):
    """See ``base.NodeKind``."""

    word = "router"
    keys = frozenset({"by", "columns_from", "fallback"})
    passes_on = True

    def edges(self, node: NodeDefinition) -> Iterator[Edge]:
        """Where its ways lead."""
        yield from (Edge("route", name, "answer") for name in dict.fromkeys(way.to for way in node.route))
        yield from (Edge("columns_from", name, "columns") for name in node.columns_from)

    def mistakes(self, node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
        """Ways that leave rows behind, or that no row can take."""
        if any(way.share is not None for way in node.route):
            yield from _share_mistakes(node, scope)
        else:
            yield from _condition_mistakes(node, scope)

    def expressions(self, node: NodeDefinition, scope: NodeScope) -> dict[str, CompiledExpression]:
        """The conditions, by their SQL."""
        return {way.when: scope.compiled(way.when) for way in node.route if way.when is not None}

    def edge_label(self, node: NodeDefinition, edge: Edge) -> str:
        """The conditions or shares that lead there."""
        ways = [way for way in node.route if way.to == edge.to and edge.key == "route"]
        return ", ".join(f"{way.share:.4g}" if way.share else way.when or "otherwise" for way in ways)

    def executor(self, name: str, node: CompiledNode, building: Building) -> Executor:
        """A router by what it declares."""
        definition = node.definition
        ways, shares = [way.to for way in definition.route], [way.share for way in definition.route]
        if shares[0] is not None:
            attributes = [building.functions.attributes[field] for field in definition.by]
            choose: ChooseWays = StickyShares(name, attributes, [share or 0.0 for share in shares])
            return Ways(name, building.bit(name), ways, choose, building.task)
        conditions = [node.expressions[way.when] for way in definition.route if way.when is not None]
        choose = building.functions.choice(conditions, definition.columns_from)
        return Ways(name, building.bit(name), ways, choose, building.task)


def _share_mistakes(node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
    if any(way.share is None or way.when is not None for way in node.route):
        yield "route: ways have a share each, or conditions; for both, let a way lead to another router"
        return
    total = math.fsum(way.share or 0 for way in node.route)
    if abs(total - 1) > _SUM_ROUNDING:
        yield f"route: the shares add up to {total:.6g}, and must to 1"
    if not node.by:
        yield "by is missing: name the fields whose hash parts rows, such as a customer, which keeps its way then"
    for field in node.by:
        if field not in scope.types or field in scope.given:
            yield (
                f"by: {field!r} is no field of a request; there are "
                f"{', '.join(sorted(set(scope.types) - set(scope.given)))}"
            )


def _condition_mistakes(node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
    if node.by:
        yield "by is for shares: give each way a share, or leave it out"
    *others, last = node.route
    if last.when is not None:
        yield "route: the last way must have no condition, so that it takes every row that is left"
    if any(way.when is None for way in others):
        yield "route: only the last way may be without a condition, for no row is left after it"
    for way in node.route:
        if way.when is None:
            continue
        try:
            kind = scope.compiled(way.when).type
        except InvalidDefinition as error:
            yield f"route: when = {way.when[:60]!r}: {error}"
        else:
            if kind != "bool":
                yield f"route: when = {way.when[:60]!r} gives a {kind}, and a condition is true or false"


KIND = Router()
