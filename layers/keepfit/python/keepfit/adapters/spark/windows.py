"""Spark SQL for the aggregates of a view in windows: each row with the events of its windows, grouped.

An event counts from when it had happened and was known until it is too old or its correction is known. Time is cut into
pieces of the longest window, so that an event is in two of them at most and a row in one: rows and events meet by
entity and piece, and no row meets an event of another entity or another time.
"""

from __future__ import annotations

from typing import Any

from keepfit.adapters.spark.rows import Translate, handed, known_once
from keepfit.adapters.spark.spine import Spine
from keepfit.features.expressions.duckdb_sql import to_sql
from keepfit.features.expressions.spark_sql import literal, name
from keepfit.features.offline.plan import Aggregation, ViewJoin
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import type_of

_US = 1_000_000
_NEVER = 2**63 - 1


def aggregates(
    spine: Spine, table: str, join: ViewJoin, dataset: DatasetDefinition, translate: Translate
) -> str:
    """A SELECT of ``_row`` and aggregates ``f0`` and so on, of rows in whose windows there are events."""
    longest = max(one.window.seconds for one in join.aggregates.values()) * _US
    keys = [f"k{n}" for n in range(len(join.entity))]
    values = [f"{_value(one, dataset, translate)} AS v{n}" for n, one in enumerate(join.aggregates.values())]
    events = _events(spine, _in_force(table, join, dataset), join, dataset, values, translate)
    lasting = f"SELECT *, least(_replaced, _happened + {longest} + 1) AS _leaves FROM ({events})"
    pieces = f"explode(sequence(_enters div {longest}, (_leaves - 1) div {longest})) AS _piece"
    placed = f"SELECT *, {pieces} FROM ({lasting}) WHERE _enters < _leaves"
    seen = f"_at - {join.delay.seconds * _US}"
    asked = f"{', '.join(keys)}, _row, {seen} AS _seen, ({seen}) div {longest} AS _piece"
    asking = f"SELECT {asked} FROM ({spine.asking(join)})"
    met = " AND ".join([*(f"_r.{key} = _e.{key}" for key in keys), "_r._piece = _e._piece"])
    found = [_aggregate(one, f"v{n}", dataset) for n, one in enumerate(join.aggregates.values())]
    return (
        f"SELECT _row, {', '.join(f'{sql} AS f{n}' for n, sql in enumerate(found))} "
        f"FROM ({asking}) AS _r JOIN ({placed}) AS _e ON {met} AND _enters <= _seen AND _seen < _leaves "
        "GROUP BY _row"
    )


def _in_force(table: str, join: ViewJoin, dataset: DatasetDefinition) -> str:
    """The rows of a view: of equal ones one, and of a key's with ``_until``, when the next one was known."""
    if dataset.key:
        keys, known = ", ".join(map(name, dataset.key)), name(dataset.known_column)
        until = f"lead({known}) OVER (PARTITION BY {keys} ORDER BY {known} NULLS LAST) AS _until"
        return f"SELECT *, {until} FROM ({known_once(f'SELECT * FROM {table}', dataset)})"
    once = "DISTINCT " if join.repeats else ""
    return f"SELECT {once}{', '.join(map(name, dataset.fields))} FROM {table}"


def _events(
    spine: Spine,
    rows: str,
    join: ViewJoin,
    dataset: DatasetDefinition,
    values: list[str],
    translate: Translate,
) -> str:
    named = [f"{key} AS k{n}" for n, key in enumerate(spine.event_keys(join))]
    happened, known = (f"unix_micros({name(time)})" for time in (join.event_time, join.known_at))
    replaced = f"coalesce(unix_micros(_until), {_NEVER})" if dataset.key else str(_NEVER)
    times = [
        f"{happened} AS _happened",
        f"{known} AS _known",
        f"greatest({happened}, {known}) AS _enters",
        f"{replaced} AS _replaced",
    ]
    columns = dict.fromkeys([*join.entity, join.event_time, join.known_at])
    there = [f"{name(column)} IS NOT NULL" for column in columns]
    if join.where is not None:
        there.append(translate(to_sql(join.where, "bool")))
    return f"SELECT {', '.join([*named, *times, *values])} FROM ({rows}) WHERE {' AND '.join(there)}"


def _value(one: Aggregation, dataset: DatasetDefinition, translate: Translate) -> str:
    """What an aggregate is of, missing where its filter leaves a row out."""
    value = "1" if one.of is None else _of_field(one, one.of, dataset)
    if one.where is not None:
        return f"CASE WHEN {translate(to_sql(one.where, 'bool'))} THEN {value} END"
    return value


def _of_field(one: Aggregation, field: str, dataset: DatasetDefinition) -> str:
    storage = type_of(dataset.fields[field].type).storage
    if one.aggregate == "share_of":
        return f"CAST({name(field)} = {_parameter(one.parameter)} AS INT)"
    if storage == "BOOLEAN" and one.aggregate not in ("last", "first", "distinct"):
        return f"CAST({name(field)} AS INT)"
    return handed(name(field), storage)


def _parameter(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return literal(value) if isinstance(value, str) else f"CAST({value!r} AS DOUBLE)"


def _aggregate(one: Aggregation, value: str, dataset: DatasetDefinition) -> str:
    """The aggregate of the values in its window, missing without any but for what is a number of them."""
    window = f"_happened >= _seen - {one.window.seconds * _US} AND {value} IS NOT NULL"
    within = f"FILTER (WHERE {window})"
    count, newest = f"count(*) {within}", f"struct(_happened, _known, {value} AS v)"
    whole = one.of is None or one.aggregate == "share_of"
    is_float = not whole and type_of(dataset.fields[one.of or ""].type).storage == "DOUBLE"
    exact = f"CAST(sum(CAST({value} AS DECIMAL(38, 0))) {within} AS DOUBLE)"
    # Functions of the job: what SQL would round at every step they round once.
    held = f"collect_list({value}) {within}"
    total = f"exact_sum({held})" if is_float else exact
    deviations = f"deviation(collect_list(CAST({value} AS DOUBLE)) {within})"
    by_rank = f"sort_array(collect_list(CAST({value} AS DOUBLE)) {within})"
    rank = f"greatest(1, ceil(CAST({one.parameter!r} AS DOUBLE) * {count} - CAST(1e-9 AS DOUBLE)))"
    return {
        "count": count,
        "sum": total,
        "mean": f"CASE WHEN {count} > 0 THEN {total} / {count} END",
        "share_of": f"CASE WHEN {count} > 0 THEN {total} / {count} END",
        "std": deviations,
        "min": f"min({value}) {within}",
        "max": f"max({value}) {within}",
        "last": f"(max({newest}) {within}).v",
        "first": f"(max(struct(-_happened, _known, {value} AS v)) {within}).v",
        "distinct": f"size(collect_set({value}) {within})",
        "quantile": f"CASE WHEN {count} > 0 THEN element_at({by_rank}, CAST({rank} AS INT)) END",
    }[one.aggregate]
