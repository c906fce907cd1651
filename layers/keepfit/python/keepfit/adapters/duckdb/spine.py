"""The spine of a training set in DuckDB: labelled rows of the window."""

from __future__ import annotations

import duckdb

from keepfit.adapters.duckdb.corrections import counted_once
from keepfit.adapters.duckdb.split.drawn import first_labels, identified
from keepfit.features.offline.plan import TrainingSetPlan
from keepfit.features.sql_literals import quoted, text
from keepfit.instants import Duration
from keepfit.training.training_set import AHEAD, TOO_OLD, UNLABELLED

_US = 1_000_000
_LEEWAY = Duration.parse("1d")


def table_of(dataset: str) -> str:
    """The name of the view that holds all rows of a dataset."""
    return quoted(f"dataset_{dataset}")


def make_spine(connection: duckdb.DuckDBPyConnection, plan: TrainingSetPlan) -> None:
    """Makes ``spine``, the labelled rows of the window, and counts ``left_out`` by reason."""
    spine, label = plan.datasets[plan.spine], quoted(plan.label)
    event_time, rows = quoted(spine.event_column), table_of(plan.spine)
    split = plan.split.by
    if split.kind != "time":
        connection.execute(f"CREATE VIEW identified AS {identified(rows, spine, split, plan.label)}")
        connection.execute(f"CREATE TABLE units AS {first_labels('identified', label)}")
        rows = "identified"
    connection.execute(f"CREATE VIEW counted AS {counted_once(rows, spine, label)}")
    # One outcome on record for a day in ten years would push all others out of the window.
    happened = f"{event_time} <= _ingested_at + to_seconds({_LEEWAY.seconds})"
    usable = f"{label} IS NOT NULL AND {happened}"
    [(unlabelled, ahead, labelled, newest)] = connection.execute(
        f"SELECT count(*) FILTER ({label} IS NULL), count(*) FILTER ({label} IS NOT NULL AND NOT {happened}), "
        f"count(*) FILTER ({usable}), max(epoch_us({event_time})) FILTER ({usable}) FROM counted "
        "WHERE _until IS NULL"
    ).fetchall()
    recent = "true"
    if plan.window is not None and newest is not None:
        recent = f"epoch_us({event_time}) > {newest - plan.window.seconds * _US}"
    connection.execute(f"CREATE TABLE spine AS SELECT * FROM counted WHERE {usable} AND {recent}")
    [(kept,)] = connection.execute("SELECT count(*) FROM spine WHERE _until IS NULL").fetchall()
    connection.execute(
        f"CREATE TABLE left_out AS SELECT * FROM (VALUES ({text(UNLABELLED)}, {unlabelled}), "
        f"({text(AHEAD)}, {ahead}), ({text(TOO_OLD)}, {labelled - kept})) AS _l(_reason, _rows)"
    )
