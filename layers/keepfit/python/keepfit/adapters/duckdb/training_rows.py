"""A run's rows in DuckDB: joins datasets' parts, derives columns, cuts, and writes files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from keepfit.adapters.duckdb.corrections import known_once
from keepfit.adapters.duckdb.newest_upload import join_newest
from keepfit.adapters.duckdb.point_in_time import JoinViews, join_views
from keepfit.adapters.duckdb.row_identity import line_id
from keepfit.adapters.duckdb.spine import make_spine, table_of
from keepfit.adapters.duckdb.split.cut import cut
from keepfit.adapters.duckdb.values import count_rows, utc
from keepfit.adapters.duckdb.view_rows import filtered, with_tables
from keepfit.adapters.duckdb.window_aggregates import aggregate_views
from keepfit.application.ports import FOLD, FROM_FOLD, Part
from keepfit.features.datasets.part_rows import LINE, SOURCE, part_rows
from keepfit.features.expressions.duckdb_sql import to_sql
from keepfit.features.offline.plan import TrainingSetPlan, ViewJoin
from keepfit.features.offline.split_plan import SplitPlan
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted, text
from keepfit.training.training_set import Cut, Span

# Rows of one moment are told apart the same way in every run.
_ORDER = f"_event_time, {SOURCE}, {LINE}"


JoinFeatures = Callable[
    [duckdb.DuckDBPyConnection, TrainingSetPlan, Mapping[str, Sequence[Path]]],
    str,
]
"""A SELECT of every row of ``spine`` with all features of the views whose rows have a time."""


@dataclass(frozen=True, slots=True)
class DuckdbTrainingRows:
    """See ``application.ports.TrainingRows``."""

    connection: duckdb.DuckDBPyConnection
    join_views: JoinViews = join_views
    join_features: JoinFeatures | None = None

    def collect(self, plan: TrainingSetPlan, parts: Mapping[str, Sequence[Path]]) -> int:
        """See the port; there are some columns beside the plan's.

        ``_known_at`` is from when a row can teach: its label is known, and it has happened. ``_first_known`` is when a
        label of its key was first known, which a correction does not change.
        """
        for name, dataset in plan.datasets.items():
            self.connection.execute(f"CREATE VIEW {table_of(name)} AS {part_rows(parts[name], dataset)}")
        spine = plan.datasets[plan.spine]
        event_time, label = quoted(spine.event_column), quoted(plan.label)
        known_at = f"greatest({event_time}, {quoted(spine.known_column)})"
        first_known, names = f"greatest({event_time}, _first_known)", "NULL AS _row_id, NULL AS _unit"
        if plan.split.by.kind != "time":
            # Any of its revisions trains, and so it may be known from the first.
            known_at, names = first_known, "_row_id, _unit"
        make_spine(self.connection, plan)
        joined = join_newest(
            self._joined(plan, spine.event_column, parts),
            [_with_filter(join) for join in plan.joins if join.timeless],
        )
        derived = [f"{to_sql(c.expression, c.type)} AS {quoted(name)}" for name, c in plan.derived.items()]
        kept = ", ".join([SOURCE, LINE, "_ingested_at", names, *map(quoted, [*plan.columns, *plan.beside])])
        self.connection.execute(
            f"CREATE TABLE collected AS SELECT {event_time} AS _event_time, {known_at} AS _known_at, "
            f"{first_known} AS _first_known, _until, _now, "
            f"{label} AS _label, {kept} FROM (SELECT {', '.join(['*', *derived])} FROM ({joined}))"
        )
        return count_rows(self.connection, "collected WHERE _until IS NULL")

    def _joined(self, plan: TrainingSetPlan, moment: str, parts: Mapping[str, Sequence[Path]]) -> str:
        """Every row of the spine with the features of the views whose rows have a time."""
        if self.join_features is not None:
            return self.join_features(self.connection, plan, parts)
        timed = [join for join in plan.joins if not join.timeless]
        views, held = with_tables(self.connection, timed, plan.datasets)
        table = "spine"
        if any(join.aggregates for join in views):
            rows = aggregate_views(self.connection, table, moment, views, held)
            table = "aggregated"
            self.connection.execute(f"CREATE TABLE {table} AS {rows}")
        newest = [
            replace(join, table=known_once(filtered(join), held[join.table]))
            for join in views
            if join.features
        ]
        return self.join_views(self.connection, table, moment, newest)

    def gaps(self, names: Sequence[str]) -> dict[str, int]:
        counts = ", ".join(["count(*)", *(f"count({quoted(name)})" for name in names)])
        holding = f"SELECT {counts} FROM collected WHERE _until IS NULL"
        rows, *filled = self.connection.execute(holding).fetchone() or (0,)
        return {name: rows - count for name, count in zip(names, filled, strict=True)}

    def cut(self, split: SplitPlan) -> Cut:
        return cut(self.connection, split)

    def span(self, part: Part) -> Span:
        first, last = utc("min(_event_time)"), utc("max(_event_time)")
        counts = f"SELECT count(*), {first}, {last} FROM {part}"
        rows, *ends = self.connection.execute(counts).fetchone() or (0, None, None)
        first_event, last_event = (end.replace(tzinfo=UTC) if end else None for end in ends)
        return Span(rows=rows, first_event=first_event, last_event=last_event)

    def column(self, part: Part, name: str) -> list[Any]:
        table = self.connection.table(part)
        is_instant = table.types[table.columns.index(name)] == "TIMESTAMP WITH TIME ZONE"
        value = utc(quoted(name)) if is_instant else quoted(name)
        found = self.connection.execute(f"SELECT {value} FROM {part} ORDER BY {_ORDER}").fetchall()
        return [one.replace(tzinfo=UTC) if is_instant and one else one for (one,) in found]

    def labels(self, part: Part) -> npt.NDArray[Any]:
        labels = self.connection.execute(f"SELECT _label FROM {part} ORDER BY {_ORDER}").fetchnumpy()
        return np.asarray(labels["_label"])

    def columns(self, names: Sequence[str]) -> dict[str, Any]:
        chosen = ", ".join(map(quoted, names))
        kept = f"{chosen}, {_ORDER}"
        both = f"SELECT {chosen} FROM (SELECT {kept} FROM train UNION ALL SELECT {kept} FROM holdout) ORDER BY {_ORDER}"
        return dict(self.connection.execute(both).fetchnumpy())

    def event_seconds(self) -> npt.NDArray[np.int64]:
        both = "SELECT _event_time FROM train UNION ALL SELECT _event_time FROM holdout"
        seconds = f"SELECT epoch(_event_time)::BIGINT AS seconds FROM ({both}) ORDER BY _event_time"
        return np.asarray(self.connection.execute(seconds).fetchnumpy()["seconds"], dtype=np.int64)

    def write_parquet(self, part: Part, names: Sequence[str], path: Path) -> None:
        folds = [] if part == "holdout" else [FOLD, FROM_FOLD]
        chosen = ", ".join(["_event_time", "_label", *folds, *map(quoted, names)])
        rows = f"SELECT {chosen} FROM {part} ORDER BY {_ORDER}"
        self.connection.execute(f"COPY ({rows}) TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd)")

    def write_instances(
        self, fields: Mapping[str, FieldType], path: Path, beside: Sequence[str] = ()
    ) -> None:
        instance = ", ".join(f"{quoted(name)} := {_as_sent(name, kind)}" for name, kind in fields.items())
        times = [f"{_as_sent(f'_{name}', 'timestamp')} AS {name}" for name in ("known_at", "event_time")]
        times.append(f"{_as_sent('_ingested_at', 'timestamp')} AS taken_at")
        others = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in beside)
        told = ", ".join(
            [
                f"struct_pack({instance}) AS instance, _label AS label",
                *times,
                f"{_ids()} AS ids, {line_id()} AS line",
                *([f"struct_pack({others}) AS beside"] if others else []),
            ]
        )
        line = f"SELECT {told} FROM holdout ORDER BY {_ORDER}"
        self.connection.execute(f"COPY ({line}) TO {text(str(path))} (FORMAT json)")

    def trained_ids(self) -> npt.NDArray[np.uint64] | None:
        ids = f"SELECT DISTINCT unnest({_ids()}) AS _id FROM train ORDER BY _id"
        found = self.connection.execute(ids).fetchnumpy()["_id"]
        return np.asarray(found, dtype=np.uint64) if len(found) else None


def _with_filter(join: ViewJoin) -> ViewJoin:
    return replace(join, table=filtered(replace(join, table=table_of(join.table))))


def _ids() -> str:
    """The ids of a drawn row, NULL where time parts rows: by what it is, and by where it came from."""
    return f"CASE WHEN _row_id IS NOT NULL THEN [_row_id, {line_id()}] END"


def _as_sent(name: str, kind: FieldType) -> str:
    return type_of(kind).sent_sql(quoted(name))
