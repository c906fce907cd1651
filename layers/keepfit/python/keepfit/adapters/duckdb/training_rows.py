"""A run's rows in DuckDB: joins datasets' parts, derives columns, cuts, and writes files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from keepfit.adapters.duckdb.corrections import counted_once, known_once
from keepfit.adapters.duckdb.point_in_time import join_views
from keepfit.application.ports import Part
from keepfit.features.datasets.part_rows import LINE, SOURCE, part_rows
from keepfit.features.expressions.duckdb_sql import to_sql
from keepfit.features.offline.plan import TrainingSetPlan, ViewJoin
from keepfit.features.schema.definition import DatasetDefinition, FieldType
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted, text
from keepfit.instants import Duration
from keepfit.training.training_set import Cut, Span

# Rows of one moment are told apart the same way in every run.
_ORDER = f"_event_time, {SOURCE}, {LINE}"
_LEEWAY = Duration.parse("1d")


@dataclass(frozen=True, slots=True)
class DuckdbTrainingRows:
    """See ``application.ports.TrainingRows``."""

    connection: duckdb.DuckDBPyConnection

    def collect(self, plan: TrainingSetPlan, parts: Mapping[str, Sequence[Path]]) -> int:
        """See the port; there are some columns beside the plan's.

        ``_known_at`` is from when a row can teach: its label is known, and it has happened. ``_first_known`` is when a
        label of its key was first known, which a correction does not change.
        """
        for name, dataset in plan.datasets.items():
            self._view(f"dataset_{name}", dataset, parts[name])
        spine = plan.datasets[plan.spine]
        event_time, label = quoted(spine.event_time), quoted(plan.label)
        known_at = f"greatest({event_time}, {quoted(spine.known_at or spine.event_time)})"
        # One outcome on record for a day in ten years would push all others out of the window.
        happened = f"{event_time} <= _ingested_at + to_seconds({_LEEWAY.seconds})"
        counted = counted_once(quoted(f"dataset_{plan.spine}"), spine, label)
        labelled = f"SELECT * FROM ({counted}) WHERE {label} IS NOT NULL AND {happened}"
        oldest = (
            f"SELECT max({event_time}) - to_seconds({plan.window.seconds}) "
            f"FROM ({labelled}) WHERE _until IS NULL"
        )
        self.connection.execute(f"CREATE TABLE spine AS {labelled} AND {event_time} > ({oldest})")
        joins = [_with_rows(join, plan.datasets[join.table]) for join in plan.joins]
        joined = join_views(self.connection, "spine", spine.event_time, joins)
        derived = [f"{to_sql(c.expression, c.type)} AS {quoted(name)}" for name, c in plan.derived.items()]
        names = ", ".join(map(quoted, plan.columns))
        self.connection.execute(
            f"CREATE TABLE collected AS SELECT {event_time} AS _event_time, {known_at} AS _known_at, "
            f"greatest({event_time}, _first_known) AS _first_known, _until, "
            f"{label} AS _label, {SOURCE}, {LINE}, {names} FROM (SELECT {', '.join(['*', *derived])} FROM ({joined}))"
        )
        return self._count("collected WHERE _until IS NULL")

    def gaps(self, names: Sequence[str]) -> dict[str, int]:
        counts = ", ".join(["count(*)", *(f"count({quoted(name)})" for name in names)])
        holding = f"SELECT {counts} FROM collected WHERE _until IS NULL"
        rows, *filled = self.connection.execute(holding).fetchone() or (0,)
        return {name: rows - count for name, count in zip(names, filled, strict=True)}

    def cut(self, *, holdout: Duration, max_rows: int, seed: int) -> Cut:
        newest = (
            f"SELECT max(_event_time) - to_seconds({holdout.seconds}) FROM collected WHERE _until IS NULL"
        )
        known_then = f"_known_at <= ({newest}) AND (_until IS NULL OR _until > ({newest}))"
        at: datetime = self._one(f"SELECT {_utc(f'({newest})')}")
        self.connection.execute(
            f"CREATE VIEW holdout AS SELECT * FROM collected WHERE _event_time > ({newest}) AND _until IS NULL"
        )
        drawn = f"md5(concat({SOURCE}, ':', {LINE}, ':', {seed}))"
        self.connection.execute(
            f"CREATE TABLE train AS SELECT * FROM collected WHERE {known_then} "
            f"ORDER BY {drawn} LIMIT {max_rows}"
        )
        lateness = "median(epoch(_first_known) - epoch(_event_time))"
        return Cut(
            at=at.replace(tzinfo=UTC),
            available=self._count(f"collected WHERE {known_then}"),
            waiting=self._count(
                f"collected WHERE _event_time <= ({newest}) AND _first_known > ({newest}) AND _until IS NULL"
            ),
            lateness_s=float(
                self._one(f"SELECT coalesce({lateness}, 0) FROM collected WHERE _until IS NULL")
            ),
        )

    def span(self, part: Part) -> Span:
        first, last = _utc("min(_event_time)"), _utc("max(_event_time)")
        counts = f"SELECT count(*), {first}, {last} FROM {part}"
        rows, *ends = self.connection.execute(counts).fetchone() or (0, None, None)
        first_event, last_event = (end.replace(tzinfo=UTC) if end else None for end in ends)
        return Span(rows=rows, first_event=first_event, last_event=last_event)

    def column(self, part: Part, name: str) -> list[Any]:
        found = self.connection.execute(f"SELECT {quoted(name)} FROM {part} ORDER BY {_ORDER}").fetchall()
        return [value for (value,) in found]

    def labels(self, part: Part) -> npt.NDArray[Any]:
        labels = self.connection.execute(f"SELECT _label FROM {part} ORDER BY {_ORDER}").fetchnumpy()
        return np.asarray(labels["_label"])

    def columns(self, names: Sequence[str]) -> dict[str, Any]:
        chosen = ", ".join(map(quoted, names))
        both = f"SELECT {chosen} FROM (FROM train UNION ALL FROM holdout) ORDER BY {_ORDER}"
        return dict(self.connection.execute(both).fetchnumpy())

    def write_parquet(self, part: Part, names: Sequence[str], path: Path) -> None:
        chosen = ", ".join(["_event_time", "_label", *map(quoted, names)])
        rows = f"SELECT {chosen} FROM {part} ORDER BY {_ORDER}"
        self.connection.execute(f"COPY ({rows}) TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd)")

    def write_instances(self, fields: Mapping[str, FieldType], path: Path) -> None:
        instance = ", ".join(f"{quoted(name)} := {_as_sent(name, kind)}" for name, kind in fields.items())
        known_at = f"{_as_sent('_known_at', 'timestamp')} AS known_at"
        told = f"struct_pack({instance}) AS instance, _label AS label, {known_at}"
        line = f"SELECT {told} FROM holdout ORDER BY {_ORDER}"
        self.connection.execute(f"COPY ({line}) TO {text(str(path))} (FORMAT json)")

    def _view(self, name: str, dataset: DatasetDefinition, parts: Sequence[Path]) -> None:
        self.connection.execute(f"CREATE VIEW {quoted(name)} AS {part_rows(parts, dataset.fields)}")

    def _count(self, what: str) -> int:
        return int(self._one(f"SELECT count(*) FROM {what}"))

    def _one(self, query: str) -> Any:
        row = self.connection.execute(query).fetchone()
        return row[0] if row else None


def _utc(instant: str) -> str:
    """An instant as a TIMESTAMP without zone, because fetching one with a zone needs pytz."""
    return f"({instant}) AT TIME ZONE 'UTC'"


def _with_rows(join: ViewJoin, dataset: DatasetDefinition) -> ViewJoin:
    return replace(join, table=known_once(quoted(f"dataset_{join.table}"), dataset))


def _as_sent(name: str, kind: FieldType) -> str:
    return type_of(kind).sent_sql(quoted(name))
