"""The smallest and largest values in windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.features.offline.columns import Values
from keepfit.features.offline.spine_index import Ints
from keepfit.features.offline.windows.column import Column
from keepfit.features.offline.windows.windows import RowRanges

Array = npt.NDArray[Any]


def smallest(column: Column, windows: Sequence[int], _parameter: Any) -> list[Values]:
    """The smallest value in each window."""
    return _extremes(column, windows, np.minimum)


def largest(column: Column, windows: Sequence[int], _parameter: Any) -> list[Values]:
    """The largest value in each window."""
    return _extremes(column, windows, np.maximum)


def _extremes(column: Column, windows: Sequence[int], extreme: np.ufunc) -> list[Values]:
    values = column.numbers
    nothing = _nothing(values.dtype, extreme)
    held = values.copy()
    if column.in_range is not None:
        held[~column.in_range] = nothing
    starts = [column.windows.start(window) for window in windows]
    found = in_ranges(held, starts, column.windows.end, extreme, nothing)
    for one, window in zip(found, windows, strict=True):
        ranges = column.apart(window)
        if len(ranges.of):
            apart = values.take(column.windows.apart.at.take(ranges.of))
            extreme(one, at_rows(ranges, apart, len(one), extreme, nothing), out=one)
    return [Values(one, column.count(window) > 0) for one, window in zip(found, windows, strict=True)]


def in_ranges(
    values: Array, starts: Sequence[Ints], end: Ints, extreme: np.ufunc, nothing: Any
) -> list[Array]:
    """The extreme of ``values``, which are used up, in ranges of them; ``nothing`` in empty ones.

    A range of a length is the two runs of the largest power of two within it, from its start and to its end.
    """
    levels = [np.frexp(end - start)[1] - 1 for start in starts]
    found = [np.full(len(end), nothing, values.dtype) for _ in starts]
    for level in range(max((int(each.max(initial=-1)) for each in levels), default=-1) + 1):
        run = 1 << level
        if level:
            half = run >> 1
            extreme(values[:-half], values[half:], out=values[:-half])
        for one, start, of_level in zip(found, starts, levels, strict=True):
            at = np.flatnonzero(of_level == level)
            one[at] = extreme(values.take(start.take(at)), values.take(end.take(at) - run))
    return found


def at_rows(ranges: RowRanges, values: Array, rows: int, extreme: np.ufunc, nothing: Any) -> Array:
    """(rows,) the extreme of the values in whose range each row is; ``nothing`` where it is in none."""
    levels = np.frexp(ranges.end - ranges.first)[1] - 1
    order = np.argsort(levels)
    bounds = np.searchsorted(levels.take(order), np.arange(int(levels.max(initial=0)) + 2))
    found = np.full(rows, nothing, values.dtype)
    for level in range(len(bounds) - 2, -1, -1):
        run = 1 << level
        of = order[bounds[level] : bounds[level + 1]]
        new = values.take(of)
        extreme.at(found, ranges.first.take(of), new)
        extreme.at(found, ranges.end.take(of) - run, new)
        if level:
            half = run >> 1
            longer = found.copy()
            extreme(found[half:], longer[:-half], out=found[half:])
    return found


def _nothing(kind: np.dtype[Any], extreme: np.ufunc) -> Any:
    """What every value of the type is more extreme than, or as extreme as."""
    if kind.kind == "f":
        return np.inf if extreme is np.minimum else -np.inf
    limits = np.iinfo(kind)
    return limits.max if extreme is np.minimum else limits.min
