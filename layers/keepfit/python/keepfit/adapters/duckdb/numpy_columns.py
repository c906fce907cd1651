"""Columns that were found in numpy, as DuckDB reads them beside the rows of a spine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from keepfit.features.offline.columns import Values
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.types.base import Storage, type_of
from keepfit.features.sql_literals import quoted

ARRAYS: Final[Mapping[Storage, type]] = {
    "DOUBLE": np.float64,
    "BIGINT": np.int64,
    "BOOLEAN": np.uint8,
    "VARCHAR": object,
    "TIMESTAMPTZ": np.int64,
    "DOUBLE[]": object,
}
"""The numpy type of values that are stored so; truths are numbers, and instants microseconds."""
HANDED: Final[Mapping[Storage, str]] = {"BOOLEAN": "UTINYINT", "DOUBLE[]": "VARCHAR"}
"""How DuckDB hands a value over, where it is not as it stores it; texts keep every bit of numbers."""


def found_column(found: Values) -> Any:
    """A numpy column as DuckDB reads it, NULL where missing."""
    if found.values.dtype == object:
        texts = found.values.copy()
        texts[~found.presence()] = None
        return texts
    return np.ma.array(found.values, mask=~found.presence())


def typed_column(name: str, kind: FieldType) -> str:
    """SQL for a column of the found ones, _f, in the type of its storage."""
    column, storage = f"_f.{quoted(name)}", type_of(kind).storage
    # Nothing but NULL would have no type.
    typed = f"make_timestamptz({column})" if storage == "TIMESTAMPTZ" else f"CAST({column} AS {storage})"
    return f"{typed} AS {quoted(name)}"
