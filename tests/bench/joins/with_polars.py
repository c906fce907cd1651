"""The join by polars.join_asof: `python -m tests.bench.joins.with_polars <memory|parquet> <folder>`."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import polars as pl

from tests.bench.joins.frames import found
from tests.bench.joins.rows import DELAY_SECONDS, FEATURES, TTL_SECONDS
from tests.bench.worker import take_turns

# Both sides are sorted below; polars cannot see that per entity, and says so.
warnings.filterwarnings("ignore", "Sortedness of columns cannot be checked")


def joined(spine: pl.LazyFrame, views: Sequence[pl.LazyFrame]) -> pl.DataFrame:
    """join_asof wants both sides in order of time."""
    seen = (pl.col("happened") - timedelta(seconds=DELAY_SECONDS)).alias("seen")
    rows = spine.with_columns(seen).sort("seen")
    for view in views:
        rows = rows.join_asof(
            view.drop("known").rename({"happened": "seen"}).sort("seen"),
            on="seen",
            by="entity",
            strategy="backward",
            tolerance=timedelta(seconds=TTL_SECONDS),
        )
    return rows.collect()


def main(how: str, folder: Path) -> None:
    files = [pl.scan_parquet(folder / f"{name}.parquet") for name in ("spine", *FEATURES)]
    spine, *views = files if how == "parquet" else [file.collect().lazy() for file in files]
    take_turns(
        lambda: joined(spine, views), answer=lambda rows: found(rows.to_pandas()), packages=("polars",)
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
