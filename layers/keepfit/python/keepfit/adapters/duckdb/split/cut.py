"""Cuts collected rows into the tables ``train``, ``validation`` and ``holdout``, by time or drawn."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb

from keepfit.adapters.duckdb.split.by_time import cut_at, known_at
from keepfit.adapters.duckdb.split.drawn import draw, judging_units
from keepfit.adapters.duckdb.split.folds import with_folds
from keepfit.adapters.duckdb.values import count_rows, one_value, utc
from keepfit.features.datasets.part_rows import LINE, SOURCE
from keepfit.features.offline.split_plan import MAX_VALIDATION_ROWS, SplitPlan
from keepfit.features.sql_literals import text
from keepfit.training.training_set import SAMPLED_OUT, UNLABELLED, WAITING, Cut

_HOLDING = "collected WHERE _until IS NULL"


def cut(connection: duckdb.DuckDBPyConnection, split: SplitPlan) -> Cut:
    """Cuts the table ``collected``; see ``application.ports.TrainingRows``."""
    parted = _by_time if split.by.kind == "time" else _drawn
    at, order = parted(connection, split)
    connection.execute(f"CREATE TABLE folded AS {with_folds(connection, 'available', split)}")
    limits = {"train": ("true", split.max_rows), "validation": ("_fold > 0", MAX_VALIDATION_ROWS)}
    for part, (chosen, most) in limits.items():
        connection.execute(
            f"CREATE TABLE {part} AS SELECT * FROM folded WHERE {chosen} "
            f"ORDER BY {order}, {SOURCE}, {LINE} LIMIT {most}"
        )
    return _counted(connection, at)


def _by_time(connection: duckdb.DuckDBPyConnection, split: SplitPlan) -> tuple[datetime, str]:
    """Makes the views ``holdout`` and ``available``; the moment of the cut, and the order of a sample."""
    at: datetime = one_value(connection, f"SELECT {utc(f'({cut_at(split.holdout)})')}")
    moment = f"TIMESTAMPTZ {text(f'{at}+00')}"
    connection.execute(
        f"CREATE VIEW holdout AS SELECT * FROM collected WHERE _event_time > {moment} AND _until IS NULL"
    )
    connection.execute(f"CREATE VIEW available AS SELECT * FROM collected WHERE {known_at(moment)}")
    return at, f"md5(concat({SOURCE}, ':', {LINE}, ':', {split.seed}))"


def _drawn(connection: duckdb.DuckDBPyConnection, split: SplitPlan) -> tuple[datetime, str]:
    """Makes the views ``holdout`` and ``available``; the last moment, and the order of a sample."""
    connection.execute(f"CREATE TABLE judging AS {judging_units('units', split)}")
    holding = f"SELECT * FROM {_HOLDING} AND _unit {{}} (SELECT _unit FROM judging)"
    connection.execute(f"CREATE VIEW holdout AS {holding.format('IN')}")
    connection.execute(f"CREATE VIEW available AS {holding.format('NOT IN')}")
    at: datetime = one_value(connection, f"SELECT {utc('max(_known_at)')} FROM {_HOLDING}")
    return at, draw("_row_id", split.seed)


def _counted(connection: duckdb.DuckDBPyConnection, at: datetime) -> Cut:
    """The cut at ``at`` with its counts, by the reason of what was left out."""
    available, rows = count_rows(connection, "available"), count_rows(connection, "train")
    validating = count_rows(connection, f"validation ANTI JOIN train USING ({SOURCE}, {LINE})")
    taken_back = count_rows(connection, "available WHERE _now IS NULL")
    waiting = count_rows(connection, _HOLDING) - count_rows(connection, "holdout") - (available - taken_back)
    left_out = dict(connection.execute("SELECT _reason, _rows FROM left_out").fetchall())
    left_out[UNLABELLED] -= taken_back
    left_out |= {WAITING: waiting, SAMPLED_OUT: available - rows - validating}
    lateness = "coalesce(median(epoch(_first_known) - epoch(_event_time)), 0)"
    return Cut(
        at=at.replace(tzinfo=UTC),
        available=available,
        validating=validating,
        waiting=waiting,
        lateness_s=float(one_value(connection, f"SELECT {lateness} FROM {_HOLDING}")),
        left_out={reason: count for reason, count in left_out.items() if count},
    )
