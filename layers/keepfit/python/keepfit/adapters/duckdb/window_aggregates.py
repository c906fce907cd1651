"""Aggregates of feature views in windows: DuckDB reads events, ``features.offline.windows`` computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import numpy as np

from keepfit.adapters.duckdb.arrow_batches import batches
from keepfit.adapters.duckdb.entities import NumberedSpine, number_entities
from keepfit.adapters.duckdb.numpy_columns import found_column, typed_column
from keepfit.adapters.duckdb.view_events import EventQuery, event_query
from keepfit.errors import InvalidDefinition
from keepfit.features.offline.columns import Values, concatenated, concatenated_values
from keepfit.features.offline.plan import ViewJoin
from keepfit.features.offline.windows.asking_rows import AskingRows
from keepfit.features.offline.windows.compute import Wanted, compute
from keepfit.features.offline.windows.events import Events
from keepfit.features.offline.windows.parts import entity_ranges
from keepfit.features.schema.definition import DatasetDefinition

_US = 1_000_000
MOST_OF_ONE_ENTITY = 2_000_000
"""With more events of one entity, no training set is built."""
EVENTS_AT_ONCE = 2_000_000
"""More events are kept by DuckDB, and those of some entities after the others are in memory; one's always are."""


def aggregate_views(
    connection: duckdb.DuckDBPyConnection,
    spine: str,
    moment: str,
    joins: Sequence[ViewJoin],
    datasets: Mapping[str, DatasetDefinition],
) -> str:
    """A SELECT of every row of ``spine`` with the aggregates of ``joins``, NULL where they are missing.

    Args:
        connection: keeps what was found, under a name of its own.
        spine: a table; holds every view's entity columns.
        moment: the spine's column (TIMESTAMPTZ) as of which features are read.
        joins: the views; their features' names differ from each other's and from the spine's columns.
        datasets: those that the views are of, by the names of their tables.
    """
    found: dict[str, Any] = {}
    spines: dict[tuple[str, ...], NumberedSpine] = {}
    joins = [join for join in joins if join.aggregates]
    for join in joins:
        if join.entity not in spines:
            table = f"_aggregated_entities{len(spines)}"
            spines[join.entity] = number_entities(connection, spine, moment, join.entity, table)
        found |= _aggregated(connection, spines[join.entity], join, datasets[join.table])
    if not found:
        return f"SELECT * FROM {spine}"
    connection.register("_aggregated", found)
    features = [typed_column(name, one.type) for join in joins for name, one in join.aggregates.items()]
    return f"SELECT _s.*, {', '.join(features)} FROM {spine} AS _s POSITIONAL JOIN _aggregated AS _f"


def _aggregated(
    connection: duckdb.DuckDBPyConnection, spine: NumberedSpine, join: ViewJoin, dataset: DatasetDefinition
) -> dict[str, Any]:
    """The columns of a view's aggregates in the order of the spine's rows."""
    query = event_query(connection, join, dataset, spine.table)
    wanted = [
        Wanted(one.aggregate, query.places[name], one.window.seconds * _US, one.parameter)
        for name, one in join.aggregates.items()
    ]
    rows = AskingRows.of(spine.codes, spine.moments - join.delay.seconds * _US, entities=spine.entities)
    found: dict[str, list[Values]] = {name: [] for name in join.aggregates}
    for first, end, events in _parts(connection, query, spine.entities):
        computed = compute(rows.of_entities(first, end), events, wanted)
        for parts, values in zip(found.values(), computed, strict=True):
            parts.append(values)
    # Gathered at last, feature by feature: scattered part by part, it would take twice as long.
    place = np.empty_like(rows.place)
    place[rows.place] = np.arange(len(place))
    return {name: found_column(concatenated_values(found.pop(name)).take(place)) for name in join.aggregates}


def _parts(
    connection: duckdb.DuckDBPyConnection, query: EventQuery, entities: int
) -> Iterator[tuple[int, int, Events]]:
    """Events of entities from a code up to, not with, another.

    The last ones go with the code of rows whose entity is null, which are of no events.
    """
    if query.at_most <= EVENTS_AT_ONCE:
        yield 0, entities + 1, _read(connection.sql(query.sql), query, 0)
        return
    connection.execute(f"CREATE OR REPLACE TEMP TABLE _events AS {query.sql}")
    counts = connection.execute("SELECT _code, count(*) AS n FROM _events GROUP BY _code").fetchnumpy()
    events = np.zeros(entities, np.int64)
    events[np.asarray(counts["_code"])] = np.asarray(counts["n"])
    _refuse_large(int(events.max(initial=0)), query)
    for first, end in entity_ranges(events, EVENTS_AT_ONCE):
        of = f"SELECT * FROM _events WHERE _code >= {first} AND _code < {end}"
        yield first, end + (end == entities), _read(connection.sql(of), query, first)
    connection.execute("DROP TABLE _events")


def _refuse_large(events: int, query: EventQuery) -> None:
    if events > MOST_OF_ONE_ENTITY:
        raise InvalidDefinition(
            f"one {' and '.join(query.entity)} has {events:,} rows that {next(iter(query.places))} and the other "
            f"aggregates of its view are of, and {MOST_OF_ONE_ENTITY:,} of one entity are the most, because they are "
            "in memory together: name an entity of more fields, or leave rows out by the where of the view"
        )


def _read(relation: Any, query: EventQuery, first: int) -> Events:
    leading: list[list[Any]] = []
    columns: list[list[Any]] = []
    for numbers, values in batches(relation, leading=query.leading):
        leading.append([number.copy() for number in numbers])
        columns.append([concatenated([value]) for value in values])
    if not leading:
        nothing = np.empty(0, np.int64)
        empty = tuple(Values(np.empty(0, kind), None) for kind in query.kinds)
        return Events(nothing, nothing, None, None, empty)
    codes, happened, *others = (np.concatenate(parts) for parts in zip(*leading, strict=True))
    times = dict(zip(query.times, others, strict=True))
    return Events(
        codes - first,
        happened,
        times.get("known"),
        times.get("replaced"),
        tuple(concatenated(parts) for parts in zip(*columns, strict=True)),
    )
