"""The rules of ``schema`` as DuckDB SQL: a column of texts becomes a column of typed values and one of reasons.

Texts are what a file holds: numbers as people and programs write them, true, t, yes, y or 1, and ISO 8601 instants.
"""

from __future__ import annotations

from collections.abc import Callable

from keepfit.features.expressions.duckdb_sql import text as literal
from keepfit.features.schema import rules as schema
from keepfit.features.schema.categories import category_sql
from keepfit.features.schema.definition import Field, FieldType
from keepfit.features.schema.kinds import KINDS

# What programs write as numbers, and NaN where there is none.
_NUMERIC = ("float", "int", "bool")
_TRUE, _FALSE = "('true', 't', 'yes', 'y', '1', '1.0')", "('false', 'f', 'no', 'n', '0', '0.0')"
_WHOLE = r"\s*[+-]?[0-9]+(\.0*)?\s*"
_INSTANT = (
    r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z| UTC|[+-][0-9]{2}(:?[0-9]{2})?)?)?\s*"
)


def typed(field: Field, text: str) -> str:
    """The value of a text, as an expression of the field's SQL type; NULL where there is none."""
    return _TYPED[field.type](text)


def reason(field: Field, text: str, value: str) -> str:
    """Why a text is not good, as an expression that is NULL where it is.

    Args:
        field: what a good value is.
        text: the SQL name of the text.
        value: the SQL name of its ``typed`` value.
    """
    missing = "NULL" if field.nullable else literal(schema.NULL)
    rules = [f"WHEN {text} IS NULL THEN {missing}"]
    if field.type in _NUMERIC:
        rules.append(f"WHEN {value} IS NULL AND isnan(TRY_CAST({text} AS DOUBLE)) THEN {missing}")
    rules += [f"WHEN {bad} THEN {literal(message)}" for bad, message in _RULES[field.type](text, value)]
    if KINDS[field.type].is_number:
        low, high = (f"CAST({bound!r} AS DOUBLE)" for bound in schema.number_range(field))
        if field.min is not None or field.max is not None:
            rules.append(
                f"WHEN NOT {value} BETWEEN {low} AND {high} THEN {literal(schema.out_of_bounds(field))}"
            )
    return f"CASE {' '.join(rules)} END"


def _float_rules(text: str, value: str) -> list[tuple[str, str]]:
    largest = f"CAST({schema.MAX_NUMBER!r} AS DOUBLE)"
    return [
        (f"{value} IS NULL OR contains({text}, '_')", schema.NOT_A_NUMBER),
        (f"NOT abs({value}) <= {largest}", schema.NOT_FINITE),
    ]


def _int_rules(text: str, value: str) -> list[tuple[str, str]]:
    return [
        (f"TRY_CAST({text} AS DOUBLE) IS NULL OR contains({text}, '_')", schema.NOT_A_NUMBER),
        (f"NOT regexp_full_match({text}, '{_WHOLE}')", schema.NOT_AN_INT),
        (f"{value} IS NULL OR {value} = -9223372036854775808", schema.INT_TOO_LARGE),
    ]


def _bool_rules(_text: str, value: str) -> list[tuple[str, str]]:
    return [(f"{value} IS NULL", schema.NOT_A_BOOL)]


def _category_rules(text: str, _value: str) -> list[tuple[str, str]]:
    return [(f"length({text}) > {schema.MAX_CATEGORY_LENGTH}", schema.TOO_LONG)]


def _timestamp_rules(text: str, value: str) -> list[tuple[str, str]]:
    earliest, latest = (f"TIMESTAMPTZ '{at:%Y-%m-%d} 00:00:00+00'" for at in (schema.EARLIEST, schema.LATEST))
    return [
        (f"{value} IS NULL OR NOT regexp_full_match({text}, '{_INSTANT}')", schema.NOT_AN_INSTANT),
        (f"{value} < {earliest} OR {value} >= {latest}", schema.OUTSIDE_TIME),
    ]


def _bool(text: str) -> str:
    word = f"lower(trim({text}))"
    return f"CASE WHEN {word} IN {_TRUE} THEN true WHEN {word} IN {_FALSE} THEN false END"


_TYPED: dict[FieldType, Callable[[str], str]] = {
    "float": lambda text: f"nullif(TRY_CAST({text} AS DOUBLE), CAST('nan' AS DOUBLE))",
    "int": lambda text: f"TRY_CAST({text} AS BIGINT)",
    "bool": _bool,
    "category": category_sql,
    "timestamp": lambda text: f"TRY_CAST({text} AS TIMESTAMPTZ)",
}
_RULES: dict[FieldType, Callable[[str, str], list[tuple[str, str]]]] = {
    "float": _float_rules,
    "int": _int_rules,
    "bool": _bool_rules,
    "category": _category_rules,
    "timestamp": _timestamp_rules,
}
