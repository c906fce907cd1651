"""RowsOfEntities on DuckDB: of each entity, the rows of a view's dataset that may still count."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from keepfit.adapters.duckdb.corrections import known_once
from keepfit.features.database import database
from keepfit.features.datasets.part_rows import LINE, SOURCE, part_rows
from keepfit.features.expressions.duckdb_sql import to_sql
from keepfit.features.online.entities import entity_key
from keepfit.features.online.materialization import Bucket
from keepfit.features.online.revisions import GRACE, SOURCE_LENGTH, Revision, micros
from keepfit.features.online.tiles.measures import Column
from keepfit.features.online.tiles.rows import TileRow, row_id
from keepfit.features.online.view import OnlineView
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted

_MEMORY_MB = 600
_FETCHED = 5_000
_EVENTS_AT_ONCE = 5_000


class DuckdbRowsOfEntities:
    """See ``features.online.materialization.RowsOfEntities``."""

    def revisions(
        self,
        view: OnlineView,
        parts: Sequence[Path],
        *,
        bucket: Bucket,
        now: datetime,
        only: Sequence[Path] = (),
    ) -> Iterator[tuple[str, list[Revision]]]:
        folder = (*parts, *only)[0].parent if parts or only else Path(tempfile.gettempdir())
        with database(folder, memory_mb=_MEMORY_MB) as connection:
            query = _Query(view, bucket, micros(now))
            connection.execute(f"CREATE VIEW rows AS {part_rows(parts, view.dataset)}")
            cursor = connection.execute(query.kept())
            for entity, rows in groupby(_fetched(cursor), lambda row: row[: query.keys]):
                yield _key(entity), [query.revision(row) for row in rows]
            if only:
                connection.execute(f"CREATE VIEW gone AS {part_rows(only, view.dataset)}")
                for row in _fetched(connection.execute(query.emptied())):
                    yield _key(row), []

    def events(
        self, view: OnlineView, parts: Sequence[Path], *, bucket: Bucket, since: int
    ) -> Iterator[tuple[str, list[TileRow]]]:
        if not parts:
            return
        with database(parts[0].parent, memory_mb=_MEMORY_MB) as connection:
            query = _Query(view, bucket, 0)
            connection.execute(f"CREATE VIEW rows AS {part_rows(parts, view.dataset)}")
            cursor = connection.execute(query.events(since))
            for entity, rows in groupby(_fetched(cursor), lambda row: row[: query.keys]):
                key = _key(entity)
                while some := list(islice(rows, _EVENTS_AT_ONCE)):
                    yield key, [query.event(row) for row in some]


class _Query:
    """The SQL for one view; the entity's values come first, times are microseconds since 1970."""

    def __init__(self, view: OnlineView, bucket: Bucket, now: int) -> None:
        self._view, self._bucket, self._now = view, bucket, now
        self.keys = len(view.definition.entity)
        self._beside, self._features = view.beside, view.definition.latest

    def kept(self) -> str:
        """Rows of each entity, one entity after the other."""
        dataset, timeless = self._view.dataset, self._view.rule.timeless
        table = "rows" if timeless else known_once("rows", dataset)
        happened, known = (
            ("_uploaded_at", "_ingested_at") if timeless else (dataset.event_column, dataset.known_column)
        )
        columns = [
            *self._entity(),
            f"epoch_us({quoted(happened)}) AS _happened",
            f"epoch_us({quoted(known)}) AS _known",
            f"{SOURCE}",
            f"{LINE}",
            "epoch_us(_uploaded_at) AS _uploaded",
            *(f"{self._sent(name)} AS _x{n}" for n, name in enumerate(self._beside)),
            *(f"{self._sent(name)} AS _v{n}" for n, name in enumerate(self._features)),
        ]
        there = f"{quoted(happened)} IS NOT NULL AND {quoted(known)} IS NOT NULL AND {self._in_bucket()}"
        if self._view.filter is not None:
            there += f" AND {to_sql(self._view.filter, 'bool')}"
        rows = f"SELECT {', '.join(columns)} FROM {table} WHERE {there}"  # noqa: S608
        return f"{self._newest(rows)} ORDER BY {', '.join(self._names)}"

    def events(self, since: int) -> str:
        """Rows of which some window may be, one entity after the other and in the order of time."""
        dataset = self._view.dataset
        happened, known = quoted(dataset.event_column), quoted(dataset.known_column)
        values = [self._value(column) for column in self._view.tiling.columns]
        columns = [
            *self._entity(),
            f"epoch_us({happened}) AS _happened",
            f"epoch_us({known}) AS _known",
            SOURCE,
            "epoch_us(_uploaded_at) AS _uploaded",
            *(f"{value} AS _w{n}" for n, value in enumerate(values)),
            *(f"{self._sent(name)} AS _f{n}" for n, name in enumerate(dataset.fields)),
        ]
        there = f"{happened} >= make_timestamptz({since}) AND {known} IS NOT NULL AND {self._in_bucket()}"
        counts = " OR ".join(f"_w{n} IS NOT NULL" for n in range(len(values)))
        rows = f"SELECT {', '.join(columns)} FROM rows WHERE {there}"  # noqa: S608
        return f"SELECT * FROM ({rows}) WHERE {counts} ORDER BY {', '.join([*self._names, '_happened'])}"  # noqa: S608

    def event(self, row: Sequence[Any]) -> TileRow:
        happened, known, source, uploaded, *more = row[self.keys :]
        columns = len(self._view.tiling.columns)
        return TileRow(
            id=row_id(more[columns:]),
            happened=happened,
            known=known,
            values=more[:columns],
            sources=[(source[:SOURCE_LENGTH], uploaded)],
        )

    def _value(self, column: Column) -> str:
        value = "1"
        if column.of is not None:
            value = quoted(column.of)
            if type_of(self._view.dataset.fields[column.of].type).is_instant:
                value = f"epoch_us({value})"
        filters = [f"({to_sql(tree, 'bool')})" for tree in self._view.column_filters[column]]
        return f"CASE WHEN {' AND '.join(filters)} THEN {value} END" if filters else value

    def emptied(self) -> str:
        """The entities of ``gone`` of which there is no row."""
        columns = ", ".join(self._entity())
        chosen = f"SELECT {columns} FROM {{}} WHERE {self._in_bucket()}"  # noqa: S608
        return f"{chosen.format('gone')} EXCEPT {chosen.format('rows')}"

    def revision(self, row: Sequence[Any]) -> Revision:
        happened, known, source, line, uploaded, *more = row[self.keys :]
        beside = entity_key(more[: len(self._beside)])
        return Revision(
            happened=happened,
            known=known,
            source=source[:SOURCE_LENGTH],
            line=line,
            uploaded=uploaded,
            key=beside if self._view.dataset.key and not self._view.rule.timeless else None,
            values=dict(zip(self._features, more[len(self._beside) :], strict=True)),
        )

    def _newest(self, rows: str) -> str:
        """Without rows that no moment asks for; see ``features.online.revisions`` for the whole rule."""
        entity = ", ".join(self._names)
        if self._view.rule.timeless:
            order = f"_uploaded DESC, _known DESC, {SOURCE} DESC, {LINE} DESC"
            return f"SELECT * FROM ({rows}) QUALIFY row_number() OVER (PARTITION BY {entity} ORDER BY {order}) = 1"  # noqa: S608
        counts = "greatest(_happened, _known)"
        horizon = f"least(max({counts}) OVER (PARTITION BY {entity}), {self._now}) - {GRACE + self._view.rule.delay}"
        past = f"SELECT *, {counts} <= {horizon} AS _past FROM ({rows})"  # noqa: S608
        newest = f"rank() OVER (PARTITION BY {entity}, _past ORDER BY _happened DESC, _known DESC) = 1"
        return f"SELECT * EXCLUDE (_past) FROM ({past}) QUALIFY NOT _past OR {newest}"  # noqa: S608

    @property
    def _names(self) -> list[str]:
        return [f"_e{n}" for n in range(self.keys)]

    def _entity(self) -> list[str]:
        return [
            f"{self._sent(key)} AS {name}"
            for key, name in zip(self._view.definition.entity, self._names, strict=True)
        ]

    def _in_bucket(self) -> str:
        keys = [quoted(key) for key in self._view.definition.entity]
        there = " AND ".join(f"{key} IS NOT NULL" for key in keys)
        number, of = self._bucket
        return there if of == 1 else f"{there} AND hash({', '.join(keys)}) % {of} = {number}"

    def _sent(self, name: str) -> str:
        return type_of(self._view.dataset.fields[name].type).sent_sql(quoted(name))


def _fetched(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(_FETCHED):
        yield from rows


def _key(values: Sequence[Any]) -> str:
    key = entity_key(values)
    if key is None:  # the query has none of them
        raise ValueError("an entity has a missing value")
    return key
