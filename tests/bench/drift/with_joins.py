"""The monitor of before: the index alone, by joins and searches.

`python -m tests.bench.drift.with_joins <folder>`

It reads the same collected files as the monitor and holds to the same: the window alone, each prediction once, bounded
memory. It counts ids before it reads rows, joins each category with a table of its values, and searches the bin of each
number, as the monitor did before it read a window in one pass and sorted.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keepfit.adapters.duckdb.prediction_window import list_of, within
from keepfit.features.database import database
from keepfit.features.sql_literals import quoted
from keepfit.monitoring.profiles.bins import Bins, CategoryBins, NumericBins, numbers
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.monitoring.profiles.window_profile import WindowProfile
from tests.bench.drift.rows import DAYS, START
from tests.bench.drift.with_keepfit import TYPES, Found, columns, indices, judged
from tests.bench.worker import take_turns


def collected(folder: Path) -> Callable[[], Found]:
    reference = profile_of(columns(folder, "reference"), TYPES)
    files = sorted((folder / "predictions").rglob("*.parquet"))

    def monitored() -> Found:
        with tempfile.TemporaryDirectory() as name:
            copies = [Path(name) / f"{number}.parquet" for number in range(len(files))]
            for file, copy in zip(files, copies, strict=True):
                copy.write_bytes(file.read_bytes())
            with database(Path(name), memory_mb=1024) as connection:
                found = _read(connection, copies, reference.bins)
        Counter(np.asarray(found.pop("_version")).tolist())
        counts = {each: _counted(values, reference.bins[each]) for each, values in found.items()}
        rows = len(next(iter(found.values())))
        return judged(reference, WindowProfile(rows=rows, columns=counts))

    return monitored


def _read(connection: Any, files: list[Path], bins: dict[str, Bins]) -> dict[str, NDArray[Any]]:
    connection.execute(
        "CREATE TEMP VIEW collected AS SELECT *, hash(_prediction_id) AS _id "
        f"FROM read_parquet({list_of(files)}, union_by_name = true)"
    )
    inside = within(START, START + timedelta(days=DAYS))
    rows, distinct = connection.execute(
        f"SELECT count(*), count(DISTINCT _id) FROM collected WHERE {inside}"
    ).fetchone()
    assert rows == distinct, "the rows that are measured come once"
    connection.execute("CREATE TEMP TABLE seen (id UBIGINT)")
    chosen, joins = ["_version"], ["FROM collected"]
    for number, (name, each) in enumerate(bins.items()):
        column = f"collected.{quoted(name)}"
        if isinstance(each, NumericBins):
            chosen.append(f"TRY_CAST({column} AS DOUBLE) AS {quoted(name)}")
            continue
        connection.execute(
            f"CREATE TEMP TABLE known_{number} AS SELECT unnest($1::VARCHAR[]) AS value, unnest(range($2)) AS bin",
            [each.values, len(each.values)],
        )
        joins.append(f"LEFT JOIN known_{number} ON known_{number}.value = CAST({column} AS VARCHAR)")
        others, missing = len(each.values), len(each.values) + max(each.unseen, 1)
        chosen.append(
            f"CASE WHEN {column} IS NULL THEN {missing} ELSE coalesce(known_{number}.bin, {others}) END "
            f"AS {quoted(name)}"
        )
    found = connection.execute(f"SELECT {', '.join(chosen)} {' '.join(joins)} WHERE {inside}").fetchnumpy()
    connection.execute(f"INSERT INTO seen SELECT _id FROM collected WHERE {inside}")
    return dict(found)


def _counted(values: NDArray[Any], bins: Bins) -> list[int]:
    if isinstance(bins, CategoryBins):
        counted: list[int] = np.bincount(
            np.asarray(values), minlength=len(bins.values) + max(bins.unseen, 1) + 1
        ).tolist()
        return counted
    given = numbers(values)
    present = given[~np.isnan(given)]
    found = np.bincount(np.searchsorted(bins.edges, present, side="left"), minlength=len(bins.edges) + 1)
    return [*found.tolist(), len(given) - len(present)]


if __name__ == "__main__":
    take_turns(collected(Path(sys.argv[1])), answer=indices, packages=("numpy", "duckdb"))
