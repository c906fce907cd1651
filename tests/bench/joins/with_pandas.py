"""The join by pandas.merge_asof, frames in memory: `python -m tests.bench.joins.with_pandas <folder>`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pandas as pd

from tests.bench.joins.frames import found
from tests.bench.joins.rows import DELAY_SECONDS, FEATURES, TTL_SECONDS
from tests.bench.worker import take_turns


def joined(spine: pd.DataFrame, views: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """merge_asof wants both sides in order of time."""
    rows = spine.assign(
        seen=spine["happened"] - pd.Timedelta(seconds=DELAY_SECONDS).as_unit("us")
    ).sort_values("seen")
    for view in views.values():
        rows = pd.merge_asof(
            rows,
            view.rename(columns={"happened": "seen"}).sort_values("seen"),
            on="seen",
            by="entity",
            tolerance=pd.Timedelta(seconds=TTL_SECONDS),
        )
    return rows


def main(folder: Path) -> None:
    spine, *views = (_read(folder, name) for name in ("spine", *FEATURES))
    named = dict(zip(FEATURES, views, strict=True))
    take_turns(lambda: joined(spine, named), answer=found, packages=("pandas", "numpy"))


def _read(folder: Path, name: str) -> pd.DataFrame:
    """Instants in UTC without a zone: fetching one with a zone would need pytz."""
    rows = duckdb.read_parquet(str(folder / f"{name}.parquet"))
    columns = [column for column in rows.columns if column not in ("happened", "known")]
    return rows.project(", ".join([*columns, "happened AT TIME ZONE 'UTC' AS happened"])).df()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
