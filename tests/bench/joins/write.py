"""Writes what the ways read: Parquet files of rows drawn by their line, shuffled or in order of time."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from tests.bench.joins.rows import DAYS, ENTITIES, FEATURES

SHUFFLED: Final = "hash(entity, happened)"
"""The worst order: each event is far in memory from the one before."""
IN_TIME: Final = "happened"
"""The order of most files: each upload holds what happened since the last."""


def write(folder: Path, *, spine_rows: int, view_rows: int, order: str = SHUFFLED) -> None:
    """``spine.parquet`` and ``view_<n>.parquet``; no two rows of a view share entity and instant.

    ``known`` is up to two hours after a row ``happened``, for who asks for it.
    """
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        spine = f"SELECT line, {_keys(99)} FROM range({spine_rows}) r(line)"
        connection.sql(spine).write_parquet(str(folder / "spine.parquet"))
        for n, (view, (mean, count)) in enumerate(FEATURES.items()):
            features = (
                f"(hash(line, {n}, 1) % 1000000) / 1000.0 AS {mean}, "
                f"CAST(hash(line, {n}, 2) % 50 AS DOUBLE) AS {count}"
            )
            rows = f"SELECT {_keys(n)}, {features} FROM range({view_rows}) r(line)"
            first = "row_number() OVER (PARTITION BY entity, happened ORDER BY line) = 1"
            known = "happened + to_seconds(hash(happened, entity) % 7200) AS known"
            once = f"SELECT *, {known} FROM ({rows} QUALIFY {first}) ORDER BY {order}"
            connection.sql(once).write_parquet(str(folder / f"{view}.parquet"))


def _keys(seed: int) -> str:
    """An entity, and a whole second of 90 days."""
    second = f"hash(line, {seed}, 4) % {DAYS * 86_400}"
    return (
        f"CAST(hash(line, {seed}, 3) % {ENTITIES} AS BIGINT) AS entity, "
        f"to_timestamp(1.7e9 + CAST({second} AS DOUBLE)) AS happened"
    )
