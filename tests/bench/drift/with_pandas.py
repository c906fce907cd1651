"""The population stability index written by hand: `python -m tests.bench.drift.with_pandas <folder>`.

The same definition as keepfit's, in other code, over frames in memory, and no report: the least that must be done.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tests.bench.drift.rows import CATEGORIES, NUMBERS
from tests.bench.worker import take_turns

Counts = NDArray[np.float64]


def indices(reference: pd.DataFrame, window: pd.DataFrame) -> dict[str, float]:
    found = {name: _index(*_numbers(reference[name], window[name])) for name in NUMBERS}
    return {**found, **{name: _index(*_categories(reference[name], window[name])) for name in CATEGORIES}}


def _index(reference: Counts, window: Counts) -> float:
    filled = (reference > 0) | (window > 0)
    before = np.maximum(reference[filled], 0.5) / reference.sum()
    now = np.maximum(window[filled], 0.5) / window.sum()
    return float(((now - before) * np.log(now / before)).sum())


def _numbers(reference: pd.Series, window: pd.Series) -> tuple[Counts, Counts]:
    """Tenths of the reference, what is beyond them on both sides, and the missing."""
    seen = reference.dropna().to_numpy()
    tenths = np.quantile(seen, np.arange(1, 10) / 10, method="inverted_cdf")
    below = np.nextafter(np.float32(seen.min()), np.float32(-np.inf))
    above = np.nextafter(np.float32(seen.max()), np.float32(np.inf))
    edges = [float(below), *tenths, float(above)]

    def count(column: pd.Series) -> Counts:
        present = column.dropna().to_numpy()
        counts = np.bincount(np.searchsorted(edges, present), minlength=12)
        beyond = counts[0] + counts[-1]
        return np.array([*counts[1:-1], beyond, len(column) - len(present)], dtype=float)

    return count(reference), count(window)


def _categories(reference: pd.Series, window: pd.Series) -> tuple[Counts, Counts]:
    """Each value of the reference, all others, and the missing; no value of these rows came less than thirty times."""
    before = reference.value_counts()
    frequent = before.index

    def count(values: pd.Series, rows: int) -> Counts:
        known = values.reindex(frequent, fill_value=0).to_numpy()
        return np.array([*known, values.sum() - known.sum(), rows - values.sum()], dtype=float)

    return count(before, len(reference)), count(window.value_counts(), len(window))


def main(folder: Path) -> None:
    reference, window = (
        duckdb.read_parquet(str(folder / f"{name}.parquet")).df() for name in ("reference", "window")
    )
    take_turns(lambda: indices(reference, window), answer=lambda found: found, packages=("pandas", "numpy"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
