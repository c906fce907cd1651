"""Aggregates by polars' rolling, on one thread: `python -m tests.bench.joins.windows_with_polars <folder>`.

Rows of the spine are rolled over together with the events, from frames in memory; they have no value that counts.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl

from tests.bench.joins.rows import DELAY_SECONDS
from tests.bench.joins.windows import COLUMN, VIEW, WINDOWS, answer, names
from tests.bench.worker import take_turns


def aggregated(spine: pl.DataFrame, view: pl.DataFrame) -> pl.DataFrame:
    """One rolling for each window, whose lower end is closed too, because times are whole microseconds."""
    events = view.select("entity", "t", x=pl.col(COLUMN), line=pl.lit(None, pl.Int64))
    asking = spine.select(
        "entity", t=pl.col("t") - DELAY_SECONDS * 10**6, x=pl.lit(None, pl.Float64), line="line"
    )
    both = pl.concat([events, asking]).sort("entity", "t", pl.col("line").is_not_null())
    x, found = pl.col("x"), both.filter(pl.col("line").is_not_null()).select("line")
    for window, seconds in WINDOWS.items():
        rolled = both.rolling(index_column="t", period=f"{seconds * 10**6 + 1}i", group_by="entity").agg(
            x.count().alias(f"count_{window}"),
            x.sum().alias(f"sum_{window}"),
            x.mean().alias(f"mean_{window}"),
            x.std().alias(f"std_{window}"),
            x.min().alias(f"min_{window}"),
            x.max().alias(f"max_{window}"),
            x.drop_nulls().last().alias(f"last_{window}"),
        )
        rolled = rolled.drop("entity", "t").with_columns(both["line"]).filter(pl.col("line").is_not_null())
        found = found.join(rolled, on="line")
    return found


def main(folder: Path) -> None:
    spine, view = (
        pl.read_parquet(folder / f"{name}.parquet").with_columns(t=pl.col("happened").dt.timestamp("us"))
        for name in ("spine", VIEW)
    )
    empty = {
        f"sum_{window}": pl.when(pl.col(f"count_{window}") > 0).then(f"sum_{window}") for window in WINDOWS
    }
    take_turns(
        lambda: aggregated(spine, view),
        answer=lambda rows: answer(
            rows["line"].to_numpy(),
            {name: rows.with_columns(**empty)[name].cast(pl.Float64).to_numpy() for name in names()},
            folder,
        ),
        packages=("polars",),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
