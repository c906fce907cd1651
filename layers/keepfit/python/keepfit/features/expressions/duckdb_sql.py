"""Compiles expression trees to DuckDB SQL for training.

The SQL of a definition is not run as it is written: DuckDB would read 0.1 as a decimal, overflow integers, and take
hours in the session's time zone. Rendered, every number is a DOUBLE and every instant is UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keepfit.features.expressions.functions import OPERATIONS
from keepfit.features.schema.categories import category
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.types.base import type_of
from keepfit.features.schema.types.number import MAX_NUMBER
from keepfit.features.sql_literals import quoted, text


def to_sql(expression: list[Any], kind: FieldType) -> str:
    r"""The expression as DuckDB SQL of type DOUBLE, BOOLEAN or VARCHAR; columns are quoted names.

    >>> to_sql(["=", ["column", "origin", "category"], ["text", "JFK"]], "bool")
    '("origin" = \'JFK\')'
    """
    sql = _render(expression)
    if kind != "float":
        return sql
    return f"(CASE WHEN abs({sql}) <= {_number(MAX_NUMBER)} THEN {sql} END)"


def _render(tree: list[Any]) -> str:
    operation, *operands = tree
    if operation in _SPECIAL:
        return _SPECIAL[operation](*operands)
    if operation in OPERATIONS:
        return _call(operation, operands)
    parts = [_render(operand) for operand in operands]
    if operation in _FUNCTIONS:
        return f"{operation}({', '.join(parts)})"
    return f"({f' {operation.upper()} '.join(parts)})"


def _call(operation: str, operands: list[Any]) -> str:
    function = OPERATIONS[operation]
    first = len(operands) - len(function.takes)
    return function.sql(*operands[:first], *map(_render, operands[first:]))


def _column(name: str, kind: FieldType) -> str:
    return f"CAST({quoted(name)} AS DOUBLE)" if type_of(kind).is_number else quoted(name)


def _number(value: float) -> str:
    return f"CAST({value!r} AS DOUBLE)"


def _case(branches: list[list[Any]], otherwise: list[Any]) -> str:
    whens = (f"WHEN {_render(condition)} THEN {_render(result)}" for condition, result in branches)
    return f"(CASE {' '.join(whens)} ELSE {_render(otherwise)} END)"


def _in(operand: list[Any], choices: list[list[Any]]) -> str:
    return f"({_render(operand)} IN ({', '.join(map(_render, choices))}))"


def _at_time_zone(zone: str, operand: list[Any]) -> str:
    return f"({_render(operand)} AT TIME ZONE {text(zone)})"


def _extract(part: str, operand: list[Any]) -> str:
    at = _render(operand) if _is_wall_clock(operand) else _at_time_zone("UTC", operand)
    if part == "epoch":  # DuckDB's own extract(epoch ...) is an ulp away for a quarter of all instants
        return f"(CAST(epoch_us({at}) AS DOUBLE) / CAST(1000000 AS DOUBLE))"
    return f"CAST(extract({part} FROM {at}) AS DOUBLE)"


def _is_wall_clock(tree: list[Any]) -> bool:
    """Whether a time belongs to no zone, so that none may be asked what its clock shows."""
    operation, *operands = tree
    if operation == "case":
        operands = [result for _, result in operands[0]] + operands[1:]
    if operation in ("case", "coalesce"):
        return any(map(_is_wall_clock, operands))
    function = OPERATIONS.get(operation)
    return operation == "at time zone" or (function is not None and function.gives == "wall clock")


def _like(pattern: str, operand: list[Any]) -> str:
    escape = r" ESCAPE '\'" if "\\" in pattern else ""
    return f"({_render(operand)} LIKE {text(pattern)}{escape})"


def _json(path: str, operand: list[Any]) -> str:
    """A text that is no JSON would be an error without the cast."""
    return f"json_extract_string(TRY_CAST({_render(operand)} AS JSON), {text(path)})"


_SPECIAL: dict[str, Callable[..., str]] = {
    "column": _column,
    "number": _number,
    "text": lambda value: text(category(value)),
    "verbatim": text,
    "bool": lambda value: str(value).upper(),
    "null": lambda: "NULL",
    "negative": lambda operand: f"(-{_render(operand)})",
    "not": lambda operand: f"(NOT {_render(operand)})",
    "is null": lambda operand: f"({_render(operand)} IS NULL)",
    "case": _case,
    "in": _in,
    "extract": _extract,
    "at time zone": _at_time_zone,
    "like": _like,
    "->>": _json,
}
_FUNCTIONS = frozenset(["pi", "greatest", "least", "coalesce"])
