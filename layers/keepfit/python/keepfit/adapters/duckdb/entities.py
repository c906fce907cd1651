"""Entities of a spine as numbers, in DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from keepfit.adapters.duckdb.arrow_batches import batches
from keepfit.features.sql_literals import quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedSpine:
    """The rows of a spine, by the number of their entity.

    Attributes:
        table: the table of entities, with a ``_code`` from 0 and their fields as ``_key<n>``.
        codes: (rows,) the entity of each row, -1 where a field of it is null.
        moments: (rows,) microseconds since 1970.
        entities: how many codes there are.
    """

    table: str
    codes: npt.NDArray[np.int64]
    moments: npt.NDArray[np.int64]
    entities: int


def number_entities(
    connection: duckdb.DuckDBPyConnection, spine: str, moment: str, entity: Sequence[str], table: str
) -> NumberedSpine:
    """Numbers the entities of ``spine``, and keeps them as ``table``."""
    keys = [quoted(key) for key in entity]
    there = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT *, row_number() OVER () - 1 AS _code FROM ("
        f"SELECT DISTINCT {', '.join(f'{key} AS _key{n}' for n, key in enumerate(keys))} FROM {spine} WHERE {there})"
    )
    [(entities,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    # A field may be named rowid, and then the table's own cannot be asked for.
    numbered = f"SELECT *, row_number() OVER () AS _row FROM {spine}"
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {spine}").fetchall()
    codes, moments = np.empty(rows, np.int64), np.empty(rows, np.int64)
    found = connection.sql(
        f"SELECT _row - 1, coalesce(_code, -1), epoch_us(_s.{quoted(moment)}) "
        f"FROM ({numbered}) AS _s LEFT JOIN {table} AS _e ON {same_entity(entity)}"
    )
    for (row, code, at), _ in batches(found, leading=3):
        codes[row], moments[row] = code, at
    return NumberedSpine(table=table, codes=codes, moments=moments, entities=entities)


def same_entity(entity: Sequence[str]) -> str:
    """SQL for rows of _s and of a table of entities, _e, with the same entity."""
    return " AND ".join(f"_s.{quoted(key)} = _e._key{n}" for n, key in enumerate(entity))
