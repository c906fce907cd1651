"""keepfit's join of numpy arrays in memory: `python -m tests.bench.joins.with_arrays <timely|late> <folder>`.

"late" is where every row became known some time after it happened.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from keepfit.features.offline.columns import Values
from keepfit.features.offline.newest_value import NewestValue
from keepfit.features.offline.spine_index import SpineIndex
from tests.bench.joins.rows import DELAY_SECONDS, ENTITIES, FEATURES, TTL_SECONDS
from tests.bench.worker import take_turns

_BATCH = 122_880
Arrays = Mapping[str, Any]


def joined(spine: Arrays, views: Sequence[Arrays], *, late: bool) -> dict[str, Values]:
    index = SpineIndex(spine["entity"], spine["happened"], entities=ENTITIES)
    found: dict[str, Values] = {}
    for view, features in zip(views, FEATURES.values(), strict=True):
        newest = NewestValue(
            index, delay=DELAY_SECONDS * 10**6, ttl=TTL_SECONDS * 10**6, kinds=[np.float64] * len(features)
        )
        for start in range(0, len(view["entity"]), _BATCH):
            part = slice(start, start + _BATCH)
            columns = [Values(view[name][part], None) for name in features]
            known = view["known"][part] if late else None
            newest.add(view["entity"][part], view["happened"][part], known, columns)
        found |= dict(zip(features, newest.found(), strict=True))
    return found


def answer(line: Any, found: Mapping[str, Values]) -> dict[str, float]:
    place = line % 1009
    numbers = {"rows": float(len(line))}
    for name, values in found.items():
        numbers[f"matched {name}"] = float(values.presence().sum())
        numbers[f"sum {name}"] = float((np.where(values.presence(), values.values, -1) * place).sum())
    return numbers


def main(how: str, folder: Path) -> None:
    spine, *views = (_read(folder, name) for name in ("spine", *FEATURES))
    take_turns(
        lambda: joined(spine, views, late=how == "late"),
        answer=lambda found: answer(spine["line"], found),
        packages=("numpy",),
    )


def _read(folder: Path, name: str) -> Arrays:
    times = ["happened"] if name == "spine" else ["happened", "known"]
    microseconds = ", ".join(f"epoch_us({time}) AS {time}" for time in times)
    query = f"SELECT * REPLACE ({microseconds}) FROM read_parquet('{folder / name}.parquet')"
    return {column: np.asarray(values) for column, values in duckdb.sql(query).fetchnumpy().items()}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
