"""Validation folds in DuckDB: rows that can train, by which candidates are compared.

In fold n, rows with ``_fold`` n validate, and of the others those train whose ``_from_fold`` is at most n. Where there
are many rows, there is one fold. By time, what validates is newer than what was known when it trained.
"""

from __future__ import annotations

import duckdb

from keepfit.adapters.duckdb.row_identity import line_id
from keepfit.adapters.duckdb.split.drawn import draw
from keepfit.features.offline.split_plan import (
    FOLDS,
    MAX_CROSS_VALIDATED_ROWS,
    MIN_VALIDATION_ROWS,
    MIN_VALIDATION_SHARE,
    Portion,
    SplitPlan,
)

# By time, the older half trains for every fold.
_ALWAYS_TRAINS = 0.5


def with_folds(connection: duckdb.DuckDBPyConnection, rows: str, split: SplitPlan) -> str:
    """The rows of the table ``rows`` with ``_fold``, 0 for those that never validate, and ``_from_fold``."""
    [(count,)] = connection.execute(f"SELECT count(*) FROM {rows}").fetchall()
    if split.by.kind != "time":
        return _drawn(rows, split, count, unit="_unit")
    ends = _ends(connection, rows, split.holdout, count)
    if not ends:  # all happened at one moment
        return _drawn(rows, split, count, unit=line_id())
    return (
        f"SELECT *, {_passed('_event_time', ends)} AS _fold, 1 + {_passed('_known_at', ends)} AS _from_fold "
        f"FROM {rows}"
    )


def _ends(connection: duckdb.DuckDBPyConnection, rows: str, holdout: Portion, count: int) -> list[int]:
    """The beginnings of folds, in microseconds: rows known by then train, rows after it validate."""
    if count <= MAX_CROSS_VALIDATED_ROWS:
        step = (1 - _ALWAYS_TRAINS) / FOLDS
        shares = [_ALWAYS_TRAINS + step * fold for fold in range(FOLDS)]
    else:
        shares = [1 - max(MIN_VALIDATION_ROWS / count, holdout.share or MIN_VALIDATION_SHARE)]
    moments = f"SELECT epoch_us(_event_time) AS _at FROM {rows}"
    [(quantiles, newest, before)] = connection.execute(
        f"SELECT quantile_disc(_at, {shares}), max(_at), max(_at) FILTER (_at < (SELECT max(_at) FROM ({moments}))) "
        f"FROM ({moments})"
    ).fetchall()
    if before is None:
        return []
    if count > MAX_CROSS_VALIDATED_ROWS and holdout.duration is not None:
        quantiles.append(newest - holdout.duration.seconds * 1_000_000)
        quantiles = [min(quantiles)]
    return sorted({min(at, before) for at in quantiles})


def _passed(moment: str, ends: list[int]) -> str:
    """How many of ``ends`` are before the moment."""
    return " + ".join(f"CAST(epoch_us({moment}) > {end} AS INTEGER)" for end in ends)


def _drawn(rows: str, split: SplitPlan, count: int, *, unit: str) -> str:
    stratum = "min(CAST(_label AS VARCHAR))" if split.stratified else "''"
    units = f"SELECT {unit} AS _drawn, {stratum} AS _stratum FROM {rows} GROUP BY ALL"
    # Neighbours in this order are of one label, so taking turns gives each fold its share of every label.
    place = f"row_number() OVER (ORDER BY _stratum, {draw('_drawn', split.seed, 'validation')}, _drawn)"
    if count <= MAX_CROSS_VALIDATED_ROWS:
        fold = f"1 + ({place} - 1) % {FOLDS}"
    else:
        share = max(MIN_VALIDATION_ROWS / count, split.holdout.share or MIN_VALIDATION_SHARE)
        fold = f"CAST(floor({place} * {share!r}) > floor(({place} - 1) * {share!r}) AS INTEGER)"
    folds = f"SELECT _drawn, {fold} AS _fold FROM ({units})"
    return (
        f"SELECT _r.*, _f._fold, 1 AS _from_fold FROM {rows} AS _r JOIN ({folds}) AS _f ON {unit} = _f._drawn"
    )
