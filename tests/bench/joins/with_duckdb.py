"""The join over DuckDB: `python -m tests.bench.joins.with_duckdb <parquet|late|asof> <folder>`.

"parquet" is what builds a training set, over Parquet files; "late" the same where every row became known some time
after it happened; "asof" what one writes by hand, over tables in memory, who knows that no row comes twice and none is
known late.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from keepfit.adapters.duckdb.engine import DuckdbEngine
from keepfit.adapters.duckdb.point_in_time import join_views
from keepfit.features.offline.plan import ViewJoin
from keepfit.instants import Duration
from tests.bench.joins.rows import DELAY_SECONDS, FEATURES, TTL_SECONDS
from tests.bench.worker import take_turns


def views(known_at: str) -> list[ViewJoin]:
    return [
        ViewJoin(
            table=view,
            entity=("entity",),
            event_time="happened",
            known_at=known_at,
            features=dict.fromkeys(features, "float"),
            delay=Duration(DELAY_SECONDS),
            ttl=Duration(TTL_SECONDS),
        )
        for view, features in FEATURES.items()
    ]


def asof() -> str:
    seen = f"s.happened - to_seconds({DELAY_SECONDS})"
    columns = [
        f"CASE WHEN {view}.happened >= {seen} - to_seconds({TTL_SECONDS}) THEN {view}.{name} END AS {name}"
        for view, features in FEATURES.items()
        for name in features
    ]
    joins = [
        f"ASOF LEFT JOIN {view} ON s.entity = {view}.entity AND {seen} >= {view}.happened"
        for view in FEATURES
    ]
    return f"SELECT s.*, {', '.join(columns)} FROM spine AS s {' '.join(joins)}"


def found(connection: duckdb.DuckDBPyConnection) -> Mapping[str, float]:
    """How many rows matched each feature, and a sum that changes with the row that a value is in."""
    names = [name for features in FEATURES.values() for name in features]
    sums = [f"count({name}), sum(coalesce({name}, -1) * (line % 1009))" for name in names]
    row: tuple[Any, ...] = (
        connection.execute(f"SELECT count(*), {', '.join(sums)} FROM joined").fetchone() or ()
    )
    keys = ["rows", *(f"{what} {name}" for name in names for what in ("matched", "sum"))]
    return {key: float(value) for key, value in zip(keys, row, strict=True)}


def main(how: str, folder: Path) -> None:
    with DuckdbEngine(memory_mb=2048, threads=2).training_rows(folder) as rows:
        connection = rows.connection
        for name in ("spine", *FEATURES):
            kind = "TABLE" if how == "asof" or name == "spine" else "VIEW"
            connection.execute(f"CREATE {kind} {name} AS FROM read_parquet('{folder / name}.parquet')")

        def query() -> str:
            if how == "asof":
                return asof()
            return join_views(
                connection, "spine", "happened", views("known" if how == "late" else "happened")
            )

        take_turns(
            lambda: connection.execute(f"CREATE OR REPLACE TABLE joined AS {query()}"),
            answer=lambda _: found(connection),
            packages=("duckdb",),
        )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
