"""Point-in-time joins of feature views.

DuckDB reads events and numbers entities, ``features.offline`` finds the values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb
import numpy as np

from keepfit.adapters.duckdb.arrow_batches import batches
from keepfit.features.offline.columns import Values
from keepfit.features.offline.newest_value import NewestValue
from keepfit.features.offline.plan import ViewJoin
from keepfit.features.offline.spine_index import SpineIndex
from keepfit.features.schema.definition import FieldType
from keepfit.features.schema.types.base import Storage, type_of
from keepfit.features.sql_literals import quoted

# What ``join_views`` is: engines may have one of their own, and leave all but the join to DuckDB.
JoinViews = Callable[[duckdb.DuckDBPyConnection, str, str, Sequence[ViewJoin]], str]

_US = 1_000_000
_ARRAYS: Mapping[Storage, type] = {
    "DOUBLE": np.float64,
    "BIGINT": np.int64,
    "BOOLEAN": np.uint8,
    "VARCHAR": object,
    "TIMESTAMPTZ": np.int64,
    "DOUBLE[]": object,
}
# How DuckDB hands a value over, where it is not as it stores it; texts keep every bit of numbers.
_HANDED: Mapping[Storage, str] = {"BOOLEAN": "UTINYINT", "DOUBLE[]": "VARCHAR"}


def join_views(
    connection: duckdb.DuckDBPyConnection, spine: str, moment: str, joins: Sequence[ViewJoin]
) -> str:
    """A SELECT of every row of ``spine`` with the point-in-time features of ``joins``.

    A feature without a value is NULL.

    Args:
        connection: keeps what was found, under a name of its own.
        spine: a table; holds every view's entity columns.
        moment: the spine's column (TIMESTAMPTZ) as of which features are read.
        joins: the views; their features' names differ from each other's and from the spine's columns.

    Only the spine is sorted. The views' rows are streamed in any order, so that memory does not grow with them.
    """
    if not joins:
        return f"SELECT * FROM {spine}"
    found: dict[str, Any] = {}
    entities: dict[tuple[str, ...], tuple[str, SpineIndex]] = {}
    for join in joins:
        if join.entity not in entities:
            codes = f"_entities{len(entities)}"
            entities[join.entity] = codes, _index(connection, spine, moment, join.entity, codes)
        values = _newest(connection, *entities[join.entity], join)
        found |= {name: _column(one) for name, one in zip(join.features, values, strict=True)}
    connection.register("_found", found)
    features = [_typed(name, kind) for join in joins for name, kind in join.features.items()]
    return f"SELECT _s.*, {', '.join(features)} FROM {spine} AS _s POSITIONAL JOIN _found AS _f"


def _index(
    connection: duckdb.DuckDBPyConnection, spine: str, moment: str, entity: tuple[str, ...], codes: str
) -> SpineIndex:
    keys = [quoted(key) for key in entity]
    there = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {codes} AS SELECT *, row_number() OVER () - 1 AS _code FROM ("
        f"SELECT DISTINCT {', '.join(f'{key} AS _key{n}' for n, key in enumerate(keys))} FROM {spine} WHERE {there})"
    )
    [(entities,)] = connection.execute(f"SELECT count(*) FROM {codes}").fetchall()
    # A field may be named rowid, and then the table's own cannot be asked for.
    numbered = f"SELECT *, row_number() OVER () AS _row FROM {spine}"
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {spine}").fetchall()
    code, at = np.empty(rows, np.int64), np.empty(rows, np.int64)
    numbered_codes = connection.sql(
        f"SELECT _row - 1, coalesce(_code, -1), epoch_us(_s.{quoted(moment)}) "
        f"FROM ({numbered}) AS _s LEFT JOIN {codes} AS _e ON {_same(entity)}"
    )
    for (row, row_code, row_at), _ in batches(numbered_codes, leading=3):
        code[row], at[row] = row_code, row_at
    return SpineIndex(code, at, entities=entities)


def _newest(
    connection: duckdb.DuckDBPyConnection, codes: str, index: SpineIndex, join: ViewJoin
) -> list[Values]:
    newest = NewestValue(
        index,
        delay=join.delay.seconds * _US,
        ttl=join.ttl.seconds * _US,
        kinds=[_ARRAYS[type_of(kind).storage] for kind in join.features.values()],
    )
    late = join.known_at != join.event_time
    times = [join.event_time, join.known_at] if late else [join.event_time]
    columns = [
        f"CAST(_s.{quoted(name)} AS {_HANDED.get(type_of(kind).storage, type_of(kind).storage)})"
        for name, kind in join.features.items()
    ]
    asked = ", ".join(["_code", *(f"epoch_us(_s.{quoted(time)})" for time in times), *columns])
    there = " AND ".join(f"_s.{quoted(time)} IS NOT NULL" for time in times)
    events = connection.sql(
        f"SELECT {asked} FROM {join.table} AS _s JOIN {codes} AS _e ON {_same(join.entity)} WHERE {there}"
    )
    for keys_and_times, features in batches(events, leading=1 + len(times)):
        code, happened, *known = keys_and_times
        newest.add(code, happened, known[0] if known else None, features)
    return newest.found()


def _same(entity: Sequence[str]) -> str:
    """SQL for rows of _s and _e with the same entity."""
    return " AND ".join(f"_s.{quoted(key)} = _e._key{n}" for n, key in enumerate(entity))


def _column(found: Values) -> Any:
    """A numpy column as DuckDB reads it, NULL where missing."""
    if found.values.dtype == object:
        texts = found.values.copy()
        texts[~found.presence()] = None
        return texts
    return np.ma.array(found.values, mask=~found.presence())


def _typed(name: str, kind: FieldType) -> str:
    column, storage = f"_f.{quoted(name)}", type_of(kind).storage
    # Nothing but NULL would have no type.
    typed = f"make_timestamptz({column})" if storage == "TIMESTAMPTZ" else f"CAST({column} AS {storage})"
    return f"{typed} AS {quoted(name)}"
