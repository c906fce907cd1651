"""Point-in-time joins of feature views.

DuckDB reads events and numbers entities, ``features.offline`` finds the values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import duckdb

from keepfit.adapters.duckdb.arrow_batches import batches
from keepfit.adapters.duckdb.entities import number_entities, same_entity
from keepfit.adapters.duckdb.numpy_columns import ARRAYS, HANDED, found_column, typed_column
from keepfit.features.offline.columns import Values
from keepfit.features.offline.newest_value import NewestValue
from keepfit.features.offline.plan import ViewJoin
from keepfit.features.offline.spine_index import SpineIndex
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted

# What ``join_views`` is: engines may have one of their own, and leave all but the join to DuckDB.
JoinViews = Callable[[duckdb.DuckDBPyConnection, str, str, Sequence[ViewJoin]], str]

_US = 1_000_000


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
            numbered = number_entities(connection, spine, moment, join.entity, f"_entities{len(entities)}")
            index = SpineIndex(numbered.codes, numbered.moments, entities=numbered.entities)
            entities[join.entity] = numbered.table, index
        values = _newest(connection, *entities[join.entity], join)
        found |= {name: found_column(one) for name, one in zip(join.features, values, strict=True)}
    connection.register("_found", found)
    features = [typed_column(name, kind) for join in joins for name, kind in join.features.items()]
    return f"SELECT _s.*, {', '.join(features)} FROM {spine} AS _s POSITIONAL JOIN _found AS _f"


def _newest(
    connection: duckdb.DuckDBPyConnection, codes: str, index: SpineIndex, join: ViewJoin
) -> list[Values]:
    newest = NewestValue(
        index,
        delay=join.delay.seconds * _US,
        ttl=join.ttl.seconds * _US,
        kinds=[ARRAYS[type_of(kind).storage] for kind in join.features.values()],
    )
    late = join.known_at != join.event_time
    times = [join.event_time, join.known_at] if late else [join.event_time]
    columns = [
        f"CAST(_s.{quoted(name)} AS {HANDED.get(type_of(kind).storage, type_of(kind).storage)})"
        for name, kind in join.features.items()
    ]
    asked = ", ".join(["_code", *(f"epoch_us(_s.{quoted(time)})" for time in times), *columns])
    there = " AND ".join(f"_s.{quoted(time)} IS NOT NULL" for time in times)
    events = connection.sql(
        f"SELECT {asked} FROM {join.table} AS _s JOIN {codes} AS _e ON {same_entity(join.entity)} WHERE {there}"
    )
    for keys_and_times, features in batches(events, leading=1 + len(times)):
        code, happened, *known = keys_and_times
        newest.add(code, happened, known[0] if known else None, features)
    return newest.found()
