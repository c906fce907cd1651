"""Row-level expressions in the request path: an expression tree becomes closures over whole columns.

A tree is what ``expressions.compile_expression`` makes of SQL and ``rendering.to_sql`` turns back into it. Every
number is a float64, NULL is None, and the answers are DuckDB's, bit for bit. No closure raises on any input.

Time zones come from ``zoneinfo``; where the system has no zone database (AWS Lambda), the package tzdata holds it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from keepfit.features import sql_values
from keepfit.features.definition import FieldType

Columns = Mapping[str, Sequence[Any]]
Evaluate = Callable[[Columns, int], Sequence[Any]]

# The greatest float32: beyond it a model's input would be infinite.
LARGEST_NUMBER = 3.4028234663852886e38

_INSTANTS_AT_ONCE = 4096


def compile_tree(expression: list[Any], kind: FieldType) -> Evaluate:
    """A function of (columns, number of rows) to the list of the expression's sql_values.

    Numbers that are not finite float32 values (0/0, an overflow) are missing: None.

    Columns hold None, bool, int, float, str, or aware UTC datetimes, as ``schema.read_column`` gives them.

    >>> compile_tree(["+", ["column", "a", "int"], ["number", 0.5]], "float")({"a": [1, None]}, 2)
    [1.5, None]
    """
    values = _compile(expression)
    if kind != "float" or expression[0] == "extract":
        return values

    def finite(columns: Columns, rows: int) -> Sequence[Any]:
        return [
            v if v is not None and -LARGEST_NUMBER <= v <= LARGEST_NUMBER else None
            for v in values(columns, rows)
        ]

    return finite


def _compile(tree: list[Any]) -> Evaluate:
    return _OPERATIONS[tree[0]](*tree[1:])


def _column(name: str, kind: FieldType) -> Evaluate:
    if kind in ("int", "float"):
        return lambda columns, _rows: [None if v is None else float(v) for v in columns[name]]
    return lambda columns, _rows: columns[name]


def _constant(value: Any = None) -> Evaluate:
    return lambda _columns, rows: [value] * rows


def _unary(operation: Callable[[Any], Any]) -> Callable[[list[Any]], Evaluate]:
    def compiled(operand: list[Any]) -> Evaluate:
        values = _compile(operand)
        return lambda columns, rows: [None if v is None else operation(v) for v in values(columns, rows)]

    return compiled


def _binary(operation: Callable[[Any, Any], Any]) -> Callable[[list[Any], list[Any]], Evaluate]:
    def compiled(left: list[Any], right: list[Any]) -> Evaluate:
        if left[0] in _CONSTANTS:
            [x], ys = left[1:], _compile(right)
            return lambda columns, rows: [None if y is None else operation(x, y) for y in ys(columns, rows)]
        if right[0] in _CONSTANTS:
            xs, [y] = _compile(left), right[1:]
            return lambda columns, rows: [None if x is None else operation(x, y) for x in xs(columns, rows)]
        return _both(operation, _compile(left), _compile(right))

    return compiled


def _both(operation: Callable[[Any, Any], Any], xs: Evaluate, ys: Evaluate) -> Evaluate:
    return lambda columns, rows: [
        None if x is None or y is None else operation(x, y)
        for x, y in zip(xs(columns, rows), ys(columns, rows), strict=True)
    ]


def _variadic(operation: Callable[[Sequence[Any]], Any]) -> Callable[..., Evaluate]:
    def compiled(*operands: list[Any]) -> Evaluate:
        parts = [_compile(operand) for operand in operands]
        return lambda columns, rows: [
            operation(row) for row in zip(*(p(columns, rows) for p in parts), strict=True)
        ]

    return compiled


def _case(branches: list[list[Any]], otherwise: list[Any]) -> Evaluate:
    """CASE: every branch is computed for every row, which is safe because no operation raises."""
    conditions = [_compile(condition) for condition, _ in branches]
    results = [_compile(result) for _, result in branches]
    last = _compile(otherwise)

    def evaluate(columns: Columns, rows: int) -> Sequence[Any]:
        values = last(columns, rows)
        for condition, result in zip(reversed(conditions), reversed(results), strict=True):
            chosen = zip(condition(columns, rows), result(columns, rows), values, strict=True)
            values = [value if holds else before for holds, value, before in chosen]
        return values

    return evaluate


def _in(operand: list[Any], choices: list[list[Any]]) -> Evaluate:
    return _compile(["or", *(["=", operand, choice] for choice in choices)])


def _is_null(operand: list[Any]) -> Evaluate:
    values = _compile(operand)
    return lambda columns, rows: [v is None for v in values(columns, rows)]


def _extract(part: str, operand: list[Any]) -> Evaluate:
    return _unary(sql_values.PARTS[part])(operand)


def _at_time_zone(zone: str, operand: list[Any]) -> Evaluate:
    return _unary(_clock(zone))(operand)


@lru_cache
def _clock(zone: str) -> Callable[[datetime], datetime]:
    """From instants to a zone's wall clock; derived columns ask for the same instants again and again."""
    place = ZoneInfo(zone)

    @lru_cache(maxsize=_INSTANTS_AT_ONCE)
    def read(instant: datetime) -> datetime:
        return instant.astimezone(place)

    return read


_CONSTANTS = ("number", "text", "bool")
_OPERATIONS: dict[str, Callable[..., Evaluate]] = {
    "column": _column,
    "number": _constant,
    "text": _constant,
    "bool": _constant,
    "null": _constant,
    "+": _binary(operator.add),
    "-": _binary(operator.sub),
    "*": _binary(operator.mul),
    "/": _binary(sql_values.divide),
    "%": _binary(sql_values.remainder),
    "negative": _unary(operator.neg),
    "=": _binary(sql_values.equal),
    "<>": _binary(lambda x, y: not sql_values.equal(x, y)),
    "<": _binary(sql_values.less),
    "<=": _binary(sql_values.at_most),
    ">": _binary(lambda x, y: sql_values.less(y, x)),
    ">=": _binary(lambda x, y: sql_values.at_most(y, x)),
    "and": _variadic(sql_values.all_true),
    "or": _variadic(sql_values.any_true),
    "not": _unary(operator.not_),
    "is null": _is_null,
    "in": _in,
    "case": _case,
    "coalesce": _variadic(sql_values.coalesce),
    "greatest": _variadic(sql_values.greatest),
    "least": _variadic(sql_values.least),
    "extract": _extract,
    "at time zone": _at_time_zone,
    "abs": _unary(math.fabs),
    "floor": _unary(sql_values.floor),
    "ceil": _unary(sql_values.ceil),
    "sqrt": _unary(sql_values.sqrt),
    "ln": _unary(sql_values.ln),
    "exp": _unary(sql_values.exp),
    "sin": _unary(sql_values.sin),
    "cos": _unary(sql_values.cos),
    "pi": lambda: _constant(math.pi),
}
