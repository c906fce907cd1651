"""SQL for the events of a view, with the columns that its aggregates are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from keepfit.adapters.duckdb.corrections import known_once
from keepfit.adapters.duckdb.entities import same_entity
from keepfit.adapters.duckdb.numpy_columns import ARRAYS
from keepfit.features.expressions.duckdb_sql import to_sql
from keepfit.features.offline.plan import Aggregation, ViewJoin
from keepfit.features.offline.windows.events import NEVER
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted, text


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """A query for events: ``_code``, when they happened, ``times``, and columns.

    Attributes:
        times: which other times there are, ``known`` and ``replaced``; see ``Events``.
        places: the column that each aggregate is of, by its place.
        kinds: the numpy types of the columns.
        at_most: how many events there are, or more.
        entity: the fields that name their entity.
    """

    sql: str
    entity: tuple[str, ...]
    times: tuple[str, ...]
    places: dict[str, int]
    kinds: tuple[type, ...]
    at_most: int

    @property
    def leading(self) -> int:
        """How many numbers come before the columns."""
        return 2 + len(self.times)


def event_query(
    connection: duckdb.DuckDBPyConnection, join: ViewJoin, dataset: DatasetDefinition, entities: str
) -> EventQuery:
    """The events of a view that are of a spine's entities, those that are equal once."""
    columns = _Columns(connection, join, dataset)
    places = {name: columns.place(one) for name, one in join.aggregates.items()}
    event, known = f"_s.{quoted(join.event_time)}", f"_s.{quoted(join.known_at)}"
    times = {"known": f"epoch_us({known})"} if join.known_at != join.event_time else {}
    if dataset.key:
        times["replaced"] = f"coalesce(epoch_us(_s._until), {NEVER})"
    asked = ", ".join(["_s._code", f"epoch_us({event})", *times.values(), *columns.sql])
    there = [f"{time} IS NOT NULL" for time in dict.fromkeys([event, known])]
    if join.where is not None:
        there.append(to_sql(join.where, "bool"))
    rows = _rows_in_force(join, dataset, entities)
    [(at_most,)] = connection.execute(f"SELECT count(*) FROM {join.table}").fetchall()
    return EventQuery(
        sql=f"SELECT {asked} FROM ({rows}) AS _s {' '.join(columns.joins)} WHERE {' AND '.join(there)}",
        entity=join.entity,
        times=tuple(times),
        places=places,
        kinds=tuple(columns.kinds),
        at_most=at_most,
    )


def _rows_in_force(join: ViewJoin, dataset: DatasetDefinition, entities: str) -> str:
    """Rows of entities; of equal ones one, and of a key's with ``_until``, when the next one was known."""
    once = "" if dataset.key or not join.repeats else "DISTINCT"
    fields = ", ".join(f"_s.{quoted(name)}" for name in dataset.fields)
    table, until = join.table, ""
    if dataset.key:
        keys, known = ", ".join(map(quoted, dataset.key)), quoted(dataset.known_column)
        until = f", lead({known}) OVER (PARTITION BY {keys} ORDER BY {known}) AS _until"
        table = f"(SELECT *{until} FROM {known_once(join.table, dataset)})"
        until = ", _s._until"
    same = same_entity(join.entity)
    return f"SELECT {once} _e._code, {fields}{until} FROM {table} AS _s JOIN {entities} AS _e ON {same}"


class _Columns:
    """The columns that aggregates are of; those that are of the same values share one."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, join: ViewJoin, dataset: DatasetDefinition
    ) -> None:
        self._connection, self._join, self._dataset = connection, join, dataset
        self.sql: list[str] = []
        self.kinds: list[type] = []
        self.joins: list[str] = []

    def place(self, one: Aggregation) -> int:
        """The place of the column that an aggregate is of, which is added where there is none."""
        value, kind = self._value(one)
        if one.where is not None:
            value = f"CASE WHEN {to_sql(one.where, 'bool')} THEN {value} END"
        if value not in self.sql:
            self.sql.append(value)
            self.kinds.append(kind)
        return self.sql.index(value)

    def _value(self, one: Aggregation) -> tuple[str, type]:
        if one.of is None:
            return "CAST(1 AS UTINYINT)", ARRAYS["BOOLEAN"]
        column, storage = f"_s.{quoted(one.of)}", type_of(self._dataset.fields[one.of].type).storage
        if one.aggregate == "share_of":
            return f"CAST({column} = {_literal(one.parameter)} AS UTINYINT)", ARRAYS["BOOLEAN"]
        if one.aggregate == "distinct" and storage == "VARCHAR":
            return self._numbered(one.of), ARRAYS["BIGINT"]
        values = {"BOOLEAN": f"CAST({column} AS UTINYINT)", "TIMESTAMPTZ": f"epoch_us({column})"}
        return values.get(storage, column), ARRAYS[storage]

    def _numbered(self, field: str) -> str:
        """Texts as numbers, the same for equal ones."""
        place = [*self._dataset.fields].index(field)
        table, column = f"_texts{place}", quoted(field)
        joined = f"LEFT JOIN {table} AS {table} ON _s.{column} = {table}._text"
        if joined not in self.joins:
            self._connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT _text, row_number() OVER () AS _number FROM "
                f"(SELECT DISTINCT {column} AS _text FROM {self._join.table} WHERE {column} IS NOT NULL)"
            )
            self.joins.append(joined)
        return f"{table}._number"


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return text(value) if isinstance(value, str) else f"CAST({value!r} AS DOUBLE)"
