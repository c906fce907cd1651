"""The cells of columns as the fields that read them make of them, in DuckDB's SQL."""

from __future__ import annotations

from collections.abc import Mapping

from keepfit.features.schema.cells import judged_sql
from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.types.base import type_of


def values_sql(fields: Mapping[str, Field], texts: str) -> str:
    """A relation of the values of columns under their own names, beside ``_row``.

    Args:
        fields: the SQL names of the columns with what reads each; NULL stands for what it cannot read.
        texts: the relation that has the columns, and ``_row``.
    """
    forms = cells_of(DatasetDefinition(fields=dict(fields)))
    parsed = [
        f"{type_of(field.type).parsed_sql(field, column)} AS {column}" for column, field in forms.items()
    ]
    values = [
        f"{type_of(field.type).value_sql(field, column)} AS {column}" for column, field in forms.items()
    ]
    return (
        f"(SELECT {', '.join(['_row', *values])} FROM "  # noqa: S608
        f"(SELECT {', '.join(['_row', *parsed])} FROM ({texts})))"
    )


def flaws_sql(field: Field, texts: str, column: str) -> str:
    """A query of how many texts of a column are values to the field, how many missing, how many bad."""
    counts = "count(v) FILTER (r IS NULL), count(*) FILTER (v IS NULL AND r IS NULL), count(r)"
    return f"SELECT {counts} FROM {_judged_sql(field, texts, column)}"  # noqa: S608


def bad_texts_sql(field: Field, texts: str, column: str) -> str:
    """A query of the texts of a column that the field cannot read, with how many rows have each."""
    judged = _judged_sql(field, texts, column)
    return f"SELECT t, count(*) AS n FROM {judged} WHERE r IS NOT NULL GROUP BY t ORDER BY n DESC, t"  # noqa: S608


def falls_sql(field: Field, texts: str, column: str) -> str:
    """A query of whether the values of a column ever fall along the file."""
    values = values_sql({column: field}, f"FROM {texts}")
    before = f"SELECT {column} AS v, lag({column}) OVER (ORDER BY _row) AS before FROM {values}"  # noqa: S608
    return f"SELECT bool_or(v < before) FROM ({before})"  # noqa: S608


def _judged_sql(field: Field, texts: str, column: str) -> str:
    return judged_sql(cells_of(DatasetDefinition(fields={column: field}))[column], texts, column)
