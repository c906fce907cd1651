"""Rows of a dataset's parts in its present definition, whatever it was when written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.definition import COPY, UPLOADED_AT, DatasetDefinition, Field
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted, text

# The upload that a row came with, and its place in it. No field's name begins with an underscore.
SOURCE, LINE = "_source_sha256", "_source_row"
# Of several rows, the one uploaded last has the largest of these, compared in this order.
UPLOADED = (UPLOADED_AT, "_ingested_at", SOURCE, LINE)

_LINEAGE = {
    SOURCE: "VARCHAR",
    LINE: "BIGINT",
    "_uploaded_at": "TIMESTAMPTZ",
    "_ingested_at": "TIMESTAMPTZ",
}


def newest_first() -> str:
    """An ORDER BY with the row uploaded last first."""
    return ", ".join(f"{column} DESC" for column in UPLOADED)


def part_rows(parts: Sequence[Path], dataset: DatasetDefinition) -> str:
    """A query for the fields of all rows, ``SOURCE``, ``LINE``, ``_uploaded_at`` and ``_ingested_at``.

    Parts may lack fields that came later, and categories may be spelled as files of before were read. DuckDB adds no
    columns of its own, because a field may have the name of any. Where ``COPY`` tells rows apart, it is there
    too. There may be no part at all.
    """
    rows = _read(parts, dataset)
    if COPY not in dataset.identity:
        return rows
    equal = ", ".join([SOURCE, *map(quoted, dataset.fields)])
    return f"SELECT *, row_number() OVER (PARTITION BY {equal} ORDER BY {LINE}) AS {COPY} FROM ({rows})"  # noqa: S608


def _read(parts: Sequence[Path], dataset: DatasetDefinition) -> str:
    fields = cells_of(dataset)
    chosen = [f"{_value(name, field)} AS {quoted(name)}" for name, field in fields.items()]
    # Parts of before do not say when they were uploaded, which was shortly before they were taken in.
    lineage = [SOURCE, LINE, "coalesce(_uploaded_at, _ingested_at) AS _uploaded_at", "_ingested_at"]
    types = {**{name: type_of(field.type).storage for name, field in fields.items()}, **_LINEAGE}
    empty = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in types.items())
    rows = [f"SELECT {empty} WHERE false"]
    if parts:
        files = ", ".join(text(str(part)) for part in parts)
        rows.insert(0, f"SELECT * FROM read_parquet([{files}], union_by_name = true)")  # noqa: S608
    return f"SELECT {', '.join([*chosen, *lineage])} FROM ({' UNION ALL BY NAME '.join(rows)})"  # noqa: S608


def _value(name: str, field: Field) -> str:
    kind = type_of(field.type)
    return kind.kept_sql(field, f"CAST({quoted(name)} AS {kind.storage})")
