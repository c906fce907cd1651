"""keepfit's aggregates of numpy arrays: `python -m tests.bench.joins.windows_with_arrays <how> <folder>`.

<how> is "timely"; "late", where every row became known some time after it happened; or the name of another aggregate in
the same windows, "distinct" or "quantile,late".
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from keepfit.features.offline.columns import Values
from keepfit.features.offline.windows.asking_rows import AskingRows
from keepfit.features.offline.windows.compute import Wanted, compute
from keepfit.features.offline.windows.events import Events
from tests.bench.joins.rows import DELAY_SECONDS
from tests.bench.joins.windows import AGGREGATES, COLUMN, VIEW, WINDOWS, answer, names
from tests.bench.worker import take_turns

Arrays = Mapping[str, Any]


def aggregated(spine: Arrays, view: Arrays, aggregates: Sequence[str], *, late: bool) -> dict[str, Values]:
    """The values in the order of the spine."""
    entities = 1 + max(int(spine["entity"].max(initial=0)), int(view["entity"].max(initial=0)))
    rows = AskingRows.of(spine["entity"], spine["happened"] - DELAY_SECONDS * 10**6, entities=entities)
    known = view["known"] if late else None
    events = Events(view["entity"], view["happened"], known, None, (Values(view[COLUMN], None),))
    wanted = [
        Wanted(aggregate, 0, seconds * 10**6, 0.9 if aggregate == "quantile" else None)
        for seconds in WINDOWS.values()
        for aggregate in aggregates
    ]
    found = {}
    for name, values in zip(names(aggregates), compute(rows, events, wanted), strict=True):
        found[name] = Values(np.empty_like(values.values), np.empty(len(rows.place), np.bool_))
        found[name].values[rows.place] = values.values
        found[name].presence()[rows.place] = values.presence()
    return found


def read(folder: Path, name: str) -> Arrays:
    """The columns of a file, instants as microseconds."""
    times = ["happened"] if name == "spine" else ["happened", "known"]
    microseconds = ", ".join(f"epoch_us({time}) AS {time}" for time in times)
    query = f"SELECT * REPLACE ({microseconds}) FROM read_parquet('{folder / name}.parquet')"
    return {column: np.asarray(values) for column, values in duckdb.sql(query).fetchnumpy().items()}


def main(how: str, folder: Path) -> None:
    spine, view = read(folder, "spine"), read(folder, VIEW)
    asked = [word for word in how.split(",") if word not in ("timely", "late")] or list(AGGREGATES)
    take_turns(
        lambda: aggregated(spine, view, asked, late="late" in how),
        answer=lambda found: answer(
            spine["line"],
            {name: np.where(one.presence(), one.values, np.nan) for name, one in found.items()},
            folder,
        ),
        packages=("numpy",),
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
