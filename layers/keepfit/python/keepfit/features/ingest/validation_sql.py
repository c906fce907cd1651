"""The rules of ``schema`` as DuckDB SQL: a column of texts becomes a column of typed values and one of reasons."""

from __future__ import annotations

from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import NULL, type_of
from keepfit.features.sql_literals import text as literal


def typed(field: Field, text: str) -> str:
    """The value of a text, as an expression of the field's SQL type; NULL where there is none."""
    return type_of(field.type).value_sql(text)


def reason(field: Field, text: str, value: str) -> str:
    """Why a text is not good, as an expression that is NULL where it is.

    Args:
        field: what a good value is.
        text: the SQL name of the text.
        value: the SQL name of its ``typed`` value.
    """
    rules = type_of(field.type)
    missing = "NULL" if field.nullable else literal(NULL)
    cases = [f"WHEN {text} IS NULL THEN {missing}"]
    as_good_as_none = rules.missing_sql(text, value)
    if as_good_as_none:
        cases.append(f"WHEN {as_good_as_none} THEN {missing}")
    cases += [f"WHEN {bad} THEN {literal(message)}" for bad, message in rules.flaws_sql(field, text, value)]
    return f"CASE {' '.join(cases)} END"
