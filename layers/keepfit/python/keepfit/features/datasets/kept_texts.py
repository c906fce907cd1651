"""SQL for the values of parts written under other definitions, for other dialects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted

VALUE: Final = "_value"
"""Stands for the spelling of a category, which each dialect has patterns of its own for."""


def kept_text(name: str, field: Field) -> str:
    """DuckDB's SQL for a value; see ``ValueType.kept_sql``."""
    kind = type_of(field.type)
    if field.type == "category":
        return kind.value_sql(field, quoted(VALUE))
    return kind.kept_sql(field, quoted(name))


def kept_texts(dataset: DatasetDefinition) -> Iterator[str]:
    """The SQL of every field."""
    return (kept_text(name, field) for name, field in cells_of(dataset).items())
