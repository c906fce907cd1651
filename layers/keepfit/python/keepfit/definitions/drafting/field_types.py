"""Which field reads the texts of a column: the first that takes each for a value, or for none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from keepfit.definitions.drafting.cells import flaws_sql
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import BadCell

# A category takes any text that is not too long, so it is the last.
_TYPES = (
    Field(type="int", nullable=True),
    Field(type="float", nullable=True),
    Field(type="bool", nullable=True),
    Field(type="timestamp", nullable=True),
    Field(type="category", nullable=True),
)
_SAMPLE = 200


def field_of(connection: Any, texts: str, column: str) -> Field:
    """The field that takes every text of a column; nullable where a value is missing.

    Args:
        connection: DuckDB.
        texts: the relation that has the column.
        column: its SQL name.
    """
    sampled = connection.execute(
        f"SELECT DISTINCT {column} FROM (SELECT {column} FROM {texts} WHERE {column} IS NOT NULL LIMIT {_SAMPLE})"  # noqa: S608
    ).fetchall()
    some = [text for (text,) in sampled]
    fitting, missing = _TYPES[-1], 0
    # Most types are ruled out by a few texts, which is quicker than asking all.
    for field in (field for field in _TYPES if _reads(field, some)):
        [(present, missing, bad)] = connection.execute(flaws_sql(field, texts, column)).fetchall()
        if present and not bad:
            fitting = field
            break
    return msgspec.structs.replace(fitting, nullable=missing > 0)


def _reads(field: Field, texts: Sequence[str]) -> bool:
    read = cell_reader(field)
    try:
        for text in texts:
            read(text)
    except BadCell:
        return False
    return True
