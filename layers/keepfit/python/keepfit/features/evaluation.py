# ruff: noqa: PLR0124 - comparing a value with itself is how NaN is told from text and numbers alike
"""Row-level expressions in the request path: an expression tree becomes closures over whole columns.

A tree is what ``expressions.compile_expression`` makes of SQL and ``rendering.to_sql`` turns back into it. Every
number is a float64, NULL is None, and the answers are DuckDB's, bit for bit: NaN equals itself and is greater than
every number, a division by zero is infinite, ``greatest`` and ``least`` skip NULL. No closure raises on any input.

Time zones come from ``zoneinfo``; where the system has no zone database (AWS Lambda), the package tzdata holds it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from keepfit.features.definition import FieldType

Columns = Mapping[str, Sequence[Any]]
Evaluate = Callable[[Columns, int], Sequence[Any]]

# The greatest float32: beyond it a model's input would be infinite.
LARGEST_NUMBER = 3.4028234663852886e38

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH = _EPOCH.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)


def compile_tree(expression: list[Any], kind: FieldType) -> Evaluate:
    """A function of (columns, number of rows) to the list of the expression's values.

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
        xs, ys = _compile(left), _compile(right)
        return lambda columns, rows: [
            None if x is None or y is None else operation(x, y)
            for x, y in zip(xs(columns, rows), ys(columns, rows), strict=True)
        ]

    return compiled


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
    return _unary(_PARTS[part])(operand)


def _at_time_zone(zone: str, operand: list[Any]) -> Evaluate:
    place = ZoneInfo(zone)
    return _unary(lambda instant: instant.astimezone(place).replace(tzinfo=None))(operand)


def _and(row: Sequence[Any]) -> bool | None:
    return False if False in row else None if None in row else True


def _or(row: Sequence[Any]) -> bool | None:
    return True if True in row else None if None in row else False


def _coalesce(row: Sequence[Any]) -> Any:
    return next((v for v in row if v is not None), None)


def _greatest(row: Sequence[Any]) -> Any:
    best = None
    for v in row:
        if v is not None and (best is None or _less(best, v)):
            best = v
    return best


def _least(row: Sequence[Any]) -> Any:
    best = None
    for v in row:
        if v is not None and (best is None or _less(v, best)):
            best = v
    return best


def _equal(x: Any, y: Any) -> bool:
    return bool(x == y or (x != x and y != y))


def _less(x: Any, y: Any) -> bool:
    return bool(x < y or (y != y and x == x))


def _at_most(x: Any, y: Any) -> bool:
    return bool(x <= y or y != y)


def _divide(x: float, y: float) -> float:
    if y:
        return x / y
    if x != x or x == 0:
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def _remainder(x: float, y: float) -> float:
    return math.nan if y == 0 or math.isinf(x) else math.fmod(x, y)


def _floor(x: float) -> float:
    return math.copysign(math.floor(x), x) if math.isfinite(x) else x


def _ceil(x: float) -> float:
    return math.copysign(math.ceil(x), x) if math.isfinite(x) else x


def _sqrt(x: float) -> float:
    return math.nan if x < 0 else math.sqrt(x)


def _ln(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _sin(x: float) -> float:
    return math.nan if math.isinf(x) else math.sin(x)


def _cos(x: float) -> float:
    return math.nan if math.isinf(x) else math.cos(x)


def _epoch(at: datetime) -> float:
    return (at - (_EPOCH if at.tzinfo else _LOCAL_EPOCH)) // _MICROSECOND / 1e6


_PARTS: dict[str, Callable[[datetime], float]] = {
    "hour": lambda at: float(at.hour),
    "minute": lambda at: float(at.minute),
    "dow": lambda at: float(at.isoweekday() % 7),
    "isodow": lambda at: float(at.isoweekday()),
    "day": lambda at: float(at.day),
    "month": lambda at: float(at.month),
    "doy": lambda at: float(at.timetuple().tm_yday),
    "year": lambda at: float(at.year),
    "epoch": _epoch,
}

_OPERATIONS: dict[str, Callable[..., Evaluate]] = {
    "column": _column,
    "number": _constant,
    "text": _constant,
    "bool": _constant,
    "null": _constant,
    "+": _binary(lambda x, y: x + y),
    "-": _binary(lambda x, y: x - y),
    "*": _binary(lambda x, y: x * y),
    "/": _binary(_divide),
    "%": _binary(_remainder),
    "negative": _unary(lambda x: -x),
    "=": _binary(_equal),
    "<>": _binary(lambda x, y: not _equal(x, y)),
    "<": _binary(_less),
    "<=": _binary(_at_most),
    ">": _binary(lambda x, y: _less(y, x)),
    ">=": _binary(lambda x, y: _at_most(y, x)),
    "and": _variadic(_and),
    "or": _variadic(_or),
    "not": _unary(lambda x: not x),
    "is null": _is_null,
    "in": _in,
    "case": _case,
    "coalesce": _variadic(_coalesce),
    "greatest": _variadic(_greatest),
    "least": _variadic(_least),
    "extract": _extract,
    "at time zone": _at_time_zone,
    "abs": _unary(math.fabs),
    "floor": _unary(_floor),
    "ceil": _unary(_ceil),
    "sqrt": _unary(_sqrt),
    "ln": _unary(_ln),
    "exp": _unary(_exp),
    "sin": _unary(_sin),
    "cos": _unary(_cos),
    "pi": lambda: _constant(math.pi),
}
