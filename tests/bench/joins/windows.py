"""Seven aggregates in five sliding windows, for the benchmark of joins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

WINDOWS = {"1h": 3_600, "1d": 86_400, "7d": 604_800, "30d": 2_592_000, "90d": 7_776_000}
AGGREGATES = ("count", "sum", "mean", "std", "min", "max", "last")
VIEW, COLUMN = "view_0", "mean_0"
EXACT = "exact.npy"


def answer(line: Any, found: Mapping[str, Any], folder: Path) -> dict[str, float]:
    """How many values there are of each feature, and a sum that changes with the row that a value is in.

    Args:
        line: (rows,) the number of each row.
        found: (rows,) values of each feature, NaN where missing.
        folder: holds the exact sums of the windows.

    ``error`` is how far the worst sum is from the exact one.
    """
    order = np.argsort(line)
    place, numbers = np.arange(len(order)) % 1009, {"rows": float(len(line))}
    for name, values in found.items():
        in_order = np.asarray(values, np.float64)[order]
        numbers[f"present {name}"] = float(np.isfinite(in_order).sum())
        numbers[f"sum {name}"] = float(np.nansum(in_order * place))
    sums = [
        np.nan_to_num(np.asarray(found[f"sum_{w}"], np.float64)[order])
        for w in WINDOWS
        if f"sum_{w}" in found
    ]
    if sums and (folder / EXACT).exists():
        numbers["error"] = float(np.abs(np.stack(sums) - np.load(folder / EXACT)).max())
    return numbers


def write_exact(folder: Path, spine: Mapping[str, Any], view: Mapping[str, Any], delay: int) -> None:
    """Writes (windows, rows) sums, each rounded once, by adding up every window for itself."""
    order = np.lexsort((view["happened"], view["entity"]))
    entity, happened, values = (view[name][order] for name in ("entity", "happened", COLUMN))
    bounds = np.searchsorted(entity, np.arange(int(entity.max(initial=0)) + 2))
    sums = np.zeros((len(WINDOWS), len(spine["line"])))
    for row, (code, moment) in enumerate(
        zip(spine["entity"].tolist(), spine["happened"].tolist(), strict=True)
    ):
        if code + 1 >= len(bounds):
            continue
        first, last = bounds[code], bounds[code + 1]
        times, at = happened[first:last], moment - delay * 10**6
        starts = first + np.searchsorted(times, [at - seconds * 10**6 for seconds in WINDOWS.values()])
        end = first + int(np.searchsorted(times, at, side="right"))
        sums[:, spine["line"][row]] = [math.fsum(values[start:end]) for start in starts]
    np.save(folder / EXACT, sums)


def names(aggregates: Sequence[str] = AGGREGATES) -> list[str]:
    """The features, window by window."""
    return [f"{aggregate}_{window}" for window in WINDOWS for aggregate in aggregates]
