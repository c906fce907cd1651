"""Parses row-level SQL to small expression trees, when definitions are compiled."""

from __future__ import annotations

import math
from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from keepfit.errors import InvalidDefinition
from keepfit.features.expressions.calls import Calls, Tree, as_compared, in_utc, is_time, unsupported
from keepfit.features.expressions.functions import Kind
from keepfit.features.expressions.json_calls import WrittenPaths
from keepfit.features.expressions.times import PARTS
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.types.base import type_of
from keepfit.instants import time_zone

_RESULTS: dict[Kind, FieldType] = {"number": "float", "bool": "bool", "text": "category"}
_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_COMPARISONS = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_MAX_LENGTH = 4000


def compile_expression(sql: str, types: dict[str, FieldType]) -> tuple[Tree, FieldType]:
    """Parses an expression over columns of ``types``; returns its tree and its type.

    A tree is ``[operation, operand, ...]``; its leaves are ``["column", name, type]``, ``["number", 1.5]``,
    ``["text", "UA"]``, ``["bool", true]`` and ``["null"]``. Numbers are float64: integer columns are converted.

    Raises:
        InvalidDefinition: not SQL, a construct that is not supported, an unknown column, or types that do not fit.

    >>> compile_expression("extract(hour from departure)", {"departure": "timestamp"})
    (['extract', 'hour', ['column', 'departure', 'timestamp']], 'float')
    """
    if len(sql) > _MAX_LENGTH:
        raise InvalidDefinition(
            f"is longer than {_MAX_LENGTH} characters; split it into several derived columns"
        )
    try:
        parsed = sqlglot.parse_one(sql, dialect=WrittenPaths)
    except (SqlglotError, RecursionError) as error:
        raise InvalidDefinition(f"is not an SQL expression: {str(error).splitlines()[0]}") from error
    tree, kind = _Compiler(types).compile(parsed)
    if kind not in _RESULTS:
        raise InvalidDefinition(
            f"gives a {kind}, not a number, bool or category; extract a part, such as the hour"
        )
    return tree, _RESULTS[kind]


class _Compiler(Calls):
    def __init__(self, types: Mapping[str, FieldType]) -> None:
        self._types = types

    def compile(self, node: exp.Expr) -> tuple[Tree, Kind]:
        kind = type(node)
        if kind in _ARITHMETIC:
            return self._arithmetic(_ARITHMETIC[kind], [node.this, node.expression])
        if kind in _COMPARISONS:
            return self._comparison(_COMPARISONS[kind], node)
        method = getattr(self, f"_{kind.__name__.lower()}", self._function)
        result: tuple[Tree, Kind] = method(node)
        return result

    def _paren(self, node: exp.Expr) -> tuple[Tree, Kind]:
        return self.compile(node.this)

    def _column(self, node: exp.Expr) -> tuple[Tree, Kind]:
        if node.args.get("table") or not isinstance(node.this, exp.Identifier):
            unsupported(node)
        found = self._types.get(node.name)
        if found is None:
            raise InvalidDefinition(
                f"{node.name!r} is not a column; the columns are {', '.join(sorted(self._types))}"
            )
        kind = type_of(found)
        if kind.is_list:
            raise InvalidDefinition(f"{node.name!r} is a {found}, of which expressions read nothing")
        return ["column", node.name, found], kind.expression

    def _literal(self, node: exp.Expr) -> tuple[Tree, Kind]:
        if node.args["is_string"]:
            return ["text", node.name], "text"
        value = float(node.name)
        if not math.isfinite(value):
            raise InvalidDefinition(f"{node.name} is too large for a number")
        return ["number", value], "number"

    def _boolean(self, node: exp.Expr) -> tuple[Tree, Kind]:
        return ["bool", bool(node.this)], "bool"

    def _null(self, _node: exp.Expr) -> tuple[Tree, Kind]:
        return ["null"], "null"

    def _pi(self, _node: exp.Expr) -> tuple[Tree, Kind]:
        return ["pi"], "number"

    def _neg(self, node: exp.Expr) -> tuple[Tree, Kind]:
        return self._arithmetic("negative", [node.this])

    def _not(self, node: exp.Expr) -> tuple[Tree, Kind]:
        return ["not", self._typed(node.this, "bool", node)], "bool"

    def _and(self, node: exp.Expr) -> tuple[Tree, Kind]:
        return ["and", *(self._typed(part, "bool", node) for part in node.flatten())], "bool"

    def _or(self, node: exp.Expr) -> tuple[Tree, Kind]:
        return ["or", *(self._typed(part, "bool", node) for part in node.flatten())], "bool"

    def _is(self, node: exp.Expr) -> tuple[Tree, Kind]:
        if not isinstance(node.expression, exp.Null):
            unsupported(node)
        return ["is null", self.compile(node.this)[0]], "bool"

    def _between(self, node: exp.Expr) -> tuple[Tree, Kind]:
        if node.args.get("symmetric"):
            unsupported(node)
        low, high = node.args["low"], node.args["high"]
        bounds = [exp.GTE(this=node.this, expression=low), exp.LTE(this=node.this, expression=high)]
        return ["and", *(self.compile(bound)[0] for bound in bounds)], "bool"

    def _in(self, node: exp.Expr) -> tuple[Tree, Kind]:
        choices = node.expressions
        if not choices or any(node.args.get(other) for other in ("query", "unnest", "field")):
            unsupported(node)
        operand, *trees = self._alike([node.this, *choices], node)[0]
        return ["in", operand, trees], "bool"

    def _case(self, node: exp.Expr) -> tuple[Tree, Kind]:
        branches, operand = node.args["ifs"], node.this
        tests = [exp.EQ(this=operand, expression=b.this) if operand is not None else b.this for b in branches]
        conditions = [self._typed(test, "bool", node) for test in tests]
        results = [branch.args["true"] for branch in branches]
        trees, kind = self._alike([*results, node.args.get("default") or exp.Null()], node)
        return ["case", [list(pair) for pair in zip(conditions, trees[:-1], strict=True)], trees[-1]], kind

    def _coalesce(self, node: exp.Expr) -> tuple[Tree, Kind]:
        return self._choice("coalesce", node)

    def _greatest(self, node: exp.Expr) -> tuple[Tree, Kind]:
        return self._choice("greatest", node, only="number")

    def _least(self, node: exp.Expr) -> tuple[Tree, Kind]:
        return self._choice("least", node, only="number")

    def _extract(self, node: exp.Expr) -> tuple[Tree, Kind]:
        part = node.this.name.lower()
        if part not in PARTS:
            raise InvalidDefinition(f"extract({part} ...) is not supported; the parts are {', '.join(PARTS)}")
        tree, kind = self.compile(node.expression)
        if not is_time(kind):
            raise InvalidDefinition(f"{node.sql('duckdb')} reads a {kind}; it reads timestamps")
        return ["extract", part, tree], "number"

    def _attimezone(self, node: exp.Expr) -> tuple[Tree, Kind]:
        zone = node.args["zone"]
        if not isinstance(zone, exp.Literal) or not zone.is_string:
            unsupported(node)
        try:
            time_zone(zone.name)
        except LookupError as error:
            raise InvalidDefinition(str(error.args[0])) from error
        return ["at time zone", zone.name, self._typed(node.this, "timestamp", node)], "wall clock"

    def _arithmetic(self, operation: str, operands: list[exp.Expr]) -> tuple[Tree, Kind]:
        trees = [self._typed(operand, "number", operand.parent or operand) for operand in operands]
        return [operation, *trees], "number"

    def _comparison(self, operation: str, node: exp.Expr) -> tuple[Tree, Kind]:
        trees, kind = self._alike([node.this, node.expression], node)
        if kind in ("text", "bool") and operation not in ("=", "<>"):
            raise InvalidDefinition(
                f"{node.sql('duckdb')} compares a {kind} with {operation}, which is not supported"
            )
        return [operation, *trees], "bool"

    def _choice(self, operation: str, node: exp.Expr, only: Kind | None = None) -> tuple[Tree, Kind]:
        trees, kind = self._alike([node.this, *node.expressions], node)
        if only not in (None, kind):
            raise InvalidDefinition(f"{node.sql('duckdb')} works on a {kind}; it works on numbers")
        return [operation, *trees], kind

    def _alike(self, nodes: list[exp.Expr], inside: exp.Expr) -> tuple[list[Tree], Kind]:
        compiled = [self.compile(node) for node in nodes]
        kinds = {kind for _, kind in compiled} - {"null"}
        if kinds == {"timestamp", "wall clock"}:
            compiled, kinds = [in_utc(*part) for part in compiled], {"wall clock"}
        if len(kinds) != 1:
            found = " and ".join(sorted(kinds)) or "nothing but NULL"
            raise InvalidDefinition(f"{inside.sql('duckdb')} mixes {found}; its parts must have one type")
        return as_compared([tree for tree, _ in compiled]), kinds.pop()
