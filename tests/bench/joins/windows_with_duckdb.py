"""Aggregates over DuckDB, on one thread: `python -m tests.bench.joins.windows_with_duckdb <how> <folder>`.

"parquet" is what builds a training set, over Parquet files; "late" the same where every row became known some time
after it happened; "frames" what one writes by hand, over tables in memory: window frames over both tables together.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import numpy as np

from keepfit.adapters.duckdb.engine import DuckdbEngine
from keepfit.adapters.duckdb.window_aggregates import aggregate_views
from keepfit.features.offline.plan import Aggregation, ViewJoin
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.instants import Duration
from tests.bench.joins.rows import DELAY_SECONDS
from tests.bench.joins.windows import AGGREGATES, COLUMN, VIEW, WINDOWS, answer, names
from tests.bench.worker import take_turns

_DATASET = DatasetDefinition(
    fields={
        "entity": Field(type="int"),
        "happened": Field(type="timestamp"),
        "known": Field(type="timestamp"),
        COLUMN: Field(type="float"),
    },
    event_time="happened",
    known_at="known",
)
_FRAMES = {
    "count": "count({})",
    "sum": "sum({})",
    "mean": "avg({})",
    "std": "stddev_samp({})",
    "min": "min({})",
    "max": "max({})",
    "last": "last_value({} IGNORE NULLS)",
}


def view(known_at: str) -> ViewJoin:
    """What a definition with these aggregates is compiled to; no two rows are equal."""
    aggregates = {
        f"{name}_{window}": Aggregation(aggregate=name, of=COLUMN, window=Duration(seconds), type="float")
        for window, seconds in WINDOWS.items()
        for name in AGGREGATES
    }
    return ViewJoin(
        table=VIEW,
        entity=("entity",),
        event_time="happened",
        known_at=known_at,
        features={},
        delay=Duration(DELAY_SECONDS),
        ttl=Duration(0),
        aggregates=aggregates,
        repeats=False,
    )


def frames() -> str:
    """Both tables in one order, so that a window is a frame; a row of the spine has no value that counts."""
    both = (
        f"SELECT NULL AS line, entity, epoch_us(happened) AS t, {COLUMN} AS x FROM {VIEW} UNION ALL "
        f"SELECT line, entity, epoch_us(happened) - {DELAY_SECONDS}000000, NULL FROM spine"
    )
    columns = [
        f"{sql.format('x')} OVER w_{window} AS {name}_{window}"
        for window in WINDOWS
        for name, sql in _FRAMES.items()
    ]
    order = "PARTITION BY entity ORDER BY t RANGE BETWEEN {}000000 PRECEDING AND CURRENT ROW"
    named = [f"w_{window} AS ({order.format(seconds)})" for window, seconds in WINDOWS.items()]
    return (
        f"SELECT * FROM (SELECT line, {', '.join(columns)} FROM ({both}) WINDOW {', '.join(named)}) "
        "WHERE line IS NOT NULL"
    )


def main(how: str, folder: Path) -> None:
    with DuckdbEngine(memory_mb=4096, threads=1).training_rows(folder) as rows:
        connection = rows.connection
        for name in ("spine", VIEW):
            kind = "TABLE" if how == "frames" or name == "spine" else "VIEW"
            connection.execute(f"CREATE {kind} {name} AS FROM read_parquet('{folder / name}.parquet')")

        def query() -> str:
            if how == "frames":
                return frames()
            joined = view("known" if how == "late" else "happened")
            return aggregate_views(connection, "spine", "happened", [joined], {VIEW: _DATASET})

        take_turns(
            lambda: connection.execute(f"CREATE OR REPLACE TABLE joined AS {query()}"),
            answer=lambda _: _answer(connection, folder),
            packages=("duckdb",),
        )


def _answer(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, float]:
    columns = connection.execute(f"SELECT line, {', '.join(names())} FROM joined").fetchnumpy()
    filled = {
        name: np.ma.asarray(values).astype(float).filled(float("nan")) for name, values in columns.items()
    }
    return answer(filled.pop("line"), filled, folder)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
