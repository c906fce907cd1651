"""How many different values are in windows.

The rows in whose window a value is are ranges; where those of one value overlap they are one. What is left is counted
row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.features.offline.columns import Values
from keepfit.features.offline.spine_index import Ints
from keepfit.features.offline.windows.column import Column

# Whole numbers of a range of so many times as many numbers as there are need no sorting to be told apart.
_SPARSE = 4


def distinct(column: Column, windows: Sequence[int], _parameter: Any) -> list[Values]:
    """How many different values are in each window."""
    held, rows = column.held, len(column.windows.rows.place)
    # A value's ranges of rows never meet those of the next one.
    base = _codes(column.numbers.take(held)) * (rows + 1)
    keys = base + column.windows.first.take(held)
    order = np.argsort(keys)
    keys, base, held = keys.take(order), base.take(order), held.take(order)
    found = []
    for window in windows:
        ends = base + column.windows.end_of(window).take(held)
        covered = np.maximum.accumulate(ends)
        begins = keys.copy()
        np.maximum(begins[1:], covered[:-1], out=begins[1:])
        new = np.flatnonzero(ends > begins)
        changes = np.bincount((begins - base).take(new), minlength=rows + 1)
        changes -= np.bincount((ends - base).take(new), minlength=rows + 1)
        found.append(Values(np.cumsum(changes[:rows]), None))
    return found


def _codes(values: npt.NDArray[Any]) -> Ints:
    """(n,) a number for each value, from 0, the same for equal ones."""
    if values.dtype.kind in "iu" and len(values):
        lowest, span = int(values.min()), int(values.max()) - int(values.min())
        if span < _SPARSE * len(values):
            return values.astype(np.int64) - lowest
    codes: Ints = np.unique(values, return_inverse=True)[1]
    return codes
