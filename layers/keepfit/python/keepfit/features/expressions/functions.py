"""The registry of functions and casts: each with its types, its SQL and its value in Python.

One more is an entry here, where DuckDB's parser calls it by that name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keepfit.features.expressions import casts, letters, sql_values, times
from keepfit.features.sql_literals import text

# How an expression's parts are typed: numbers are one type, and a "wall clock" is a time that no zone belongs to.
Kind = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of SQL that is NULL where one of its operands is; neither evaluation raises.

    Attributes:
        takes: the types of its operands.
        gives: the type of its value.
        sql: the operands as SQL to the call as DuckDB SQL, of type DOUBLE for a number; each stands once in it, unless
            ``repeats``. A function with words takes the word before them.
        value: the value in Python of the operands' values; with words, of the word to such a function.
        words: what may stand as text before the operands.
        repeats: whether an operand stands several times in the SQL, which must not be nested then.
    """

    takes: tuple[Kind, ...]
    gives: Kind
    sql: Callable[..., str]
    value: Callable[..., Any]
    words: tuple[str, ...] = ()
    repeats: bool = False


def _numeric(name: str, value: Callable[..., float], operands: int = 1) -> Function:
    return Function(
        takes=("number",) * operands,
        gives="number",
        sql=lambda *parts: f"{name}({', '.join(parts)})",
        value=value,
    )


def _cast(takes: Kind, gives: Kind, sql: str, value: Callable[..., Any]) -> Function:
    return Function(takes=(takes,), gives=gives, sql=sql.format, value=value)


def _width_bucket_sql(x: str, low: str, high: str, buckets: str) -> str:
    inside = f"least(floor(({x} - {low}) / ({high} - {low}) * {buckets}), {buckets} - 1) + 1"
    most = f"CAST({sql_values.MAX_WIDTH!r} AS DOUBLE)"
    return (
        f"(CASE WHEN {low} < {high} AND {high} - {low} <= {most} THEN "
        f"CASE WHEN {x} < {low} THEN 0 WHEN {x} >= {high} THEN {buckets} + 1 WHEN {x} >= {low} THEN {inside} END "
        f"WHEN {low} > {high} AND {low} - {high} <= {most} THEN "
        f"CASE WHEN {x} > {low} THEN 0 WHEN {x} <= {high} THEN {buckets} + 1 WHEN {x} <= {low} THEN {inside} END END)"
    )


def _matched(pattern: str) -> str:
    """What a text holds in a form, as SQL to be formatted; '' where it has another, which casts to NULL."""
    return f"regexp_extract({{}}, {text(pattern)}, 1)".replace("{1,6}", "{{1,6}}")


FUNCTIONS: dict[str, Function] = {
    "abs": _numeric("abs", math.fabs),
    "floor": _numeric("floor", sql_values.floor),
    "ceil": _numeric("ceil", sql_values.ceil),
    "sqrt": _numeric("sqrt", sql_values.sqrt),
    "ln": _numeric("ln", sql_values.ln),
    "log10": _numeric("log10", sql_values.log10),
    "log2": _numeric("log2", sql_values.log2),
    "log": _numeric("log", sql_values.log, operands=2),
    "exp": _numeric("exp", sql_values.exp),
    "sin": _numeric("sin", sql_values.sin),
    "cos": _numeric("cos", sql_values.cos),
    "width_bucket": Function(
        takes=("number",) * 4,
        gives="number",
        sql=_width_bucket_sql,
        value=sql_values.width_bucket,
        repeats=True,
    ),
    "lower": Function(takes=("text",), gives="text", sql="lower({})".format, value=letters.lower),
    "upper": Function(takes=("text",), gives="text", sql="upper({})".format, value=letters.upper),
    "date_diff": Function(
        takes=("wall clock", "wall clock"),
        gives="number",
        sql="CAST(date_diff('{}', {}, {}) AS DOUBLE)".format,
        value=times.DIFF.__getitem__,
        words=tuple(times.DIFF),
    ),
    "date_trunc": Function(
        takes=("wall clock",),
        gives="wall clock",
        sql="date_trunc('{}', {})".format,
        value=times.TRUNC.__getitem__,
        words=tuple(times.TRUNC),
    ),
}

# By the type that is cast, and what to. What changes nothing is not here, nor what DuckDB and Python write differently.
CASTS: dict[tuple[Kind, str], Function] = {
    ("text", "DOUBLE"): _cast(
        "text", "number", f"TRY_CAST({_matched(casts.NUMBER)} AS DOUBLE)", casts.number_of_text
    ),
    ("text", "BIGINT"): _cast(
        "text",
        "number",
        f"CAST(TRY_CAST({_matched(casts.WHOLE)} AS BIGINT) AS DOUBLE)",
        casts.whole_of_text,
    ),
    ("text", "BOOLEAN"): _cast("text", "bool", "TRY_CAST({} AS BOOLEAN)", casts.truth_of_text),
    ("text", "TIMESTAMP"): _cast(
        "text", "wall clock", f"TRY_CAST({_matched(casts.TIME)} AS TIMESTAMP)", casts.time_of_text
    ),
    ("text", "DATE"): _cast(
        "text",
        "wall clock",
        f"date_trunc('day', TRY_CAST({_matched(casts.TIME)} AS TIMESTAMP))",
        casts.date_of_text,
    ),
    ("number", "BIGINT"): _cast(
        "number", "number", "CAST(TRY_CAST({} AS BIGINT) AS DOUBLE)", casts.whole_of_number
    ),
    ("number", "BOOLEAN"): _cast("number", "bool", "CAST({} AS BOOLEAN)", casts.truth_of_number),
    # Beyond 2^53 times 1024 there is no BIGINT, and so no text.
    ("whole number", "VARCHAR"): _cast(
        "number", "text", "CAST(TRY_CAST({} * 1024 AS BIGINT) // 1024 AS VARCHAR)", casts.text_of_whole
    ),
    ("bool", "DOUBLE"): _cast("bool", "number", "CAST({} AS DOUBLE)", float),
    ("bool", "BIGINT"): _cast("bool", "number", "CAST({} AS DOUBLE)", float),
    ("bool", "VARCHAR"): _cast("bool", "text", "CAST({} AS VARCHAR)", casts.text_of_truth),
    ("wall clock", "DATE"): _cast("wall clock", "wall clock", "date_trunc('day', {})", times.TRUNC["day"]),
}


def cast_name(kind: Kind, target: str) -> str:
    """The operation of a cast in trees."""
    return f"cast {kind} as {target}"


OPERATIONS: dict[str, Function] = FUNCTIONS | {cast_name(*key): cast for key, cast in CASTS.items()}
