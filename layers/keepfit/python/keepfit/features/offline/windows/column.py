"""A column of events in the order of their windows, and what several aggregates of it share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from keepfit.features.offline.columns import FeatureColumn, Truths, Values
from keepfit.features.offline.spine_index import Ints
from keepfit.features.offline.windows.windows import RowRanges, Windows

Shared = TypeVar("Shared")


class Column:
    """The values of one column in windows.

    Args:
        source: the values as they were read.
        windows: where the windows are.

    Attributes:
        in_range: (n,) whether an event has a value and is in the ranges of windows; None where all are.
        count: of a window in microseconds, (rows,) how many values are in that of each row.
        apart: of a window, the events apart that have a value.
    """

    def __init__(self, source: FeatureColumn, windows: Windows) -> None:
        self.windows, self._source = windows, source
        present = source.present
        self._present = None if present is None else present.take(windows.order)
        parts = [part for part in (self._present, windows.in_order) if part is not None]
        self.in_range: Truths | None = (
            None if not parts else parts[0] if len(parts) == 1 else parts[0] & parts[1]
        )
        self._shared: dict[Any, Any] = {}
        self.count = cache(self._count)
        self.apart = cache(self._apart)

    def take(self, places: Ints) -> Values:
        """The values at places in the order of events."""
        return self._source.take(self.windows.order.take(places))

    @cached_property
    def numbers(self) -> npt.NDArray[Any]:
        """(n,) the values in order, whatever stands where none is."""
        return self._source.take(self.windows.order).values

    @cached_property
    def absent(self) -> Ints | None:
        """The places without a value; None where all have one."""
        return None if self._present is None else np.flatnonzero(~self._present)

    @cached_property
    def held(self) -> Ints:
        """The places with a value."""
        return np.arange(len(self.windows.order)) if self._present is None else np.flatnonzero(self._present)

    @cached_property
    def ranked(self) -> Ints | None:
        """(n,) the places, of one instant and known at once by their values; None without such."""
        starts = self.windows.starts_of_equals
        if starts is None:
            return None
        tied = ~starts
        tied[:-1] |= tied[1:]
        at = np.flatnonzero(tied)
        ranks = np.unique(self.take(at).values, return_inverse=True)[1]
        places = np.arange(len(starts))
        places[at] = at.take(np.lexsort((ranks, np.cumsum(starts).take(at))))
        return places

    def shared(self, kind: Callable[[Column], Shared]) -> Shared:
        """The one ``kind`` of this column, made at first use."""
        if kind not in self._shared:
            self._shared[kind] = kind(self)
        found: Shared = self._shared[kind]
        return found

    @cached_property
    def before(self) -> Ints:
        """(n + 1,) how many values are in ranges before each place."""
        events = len(self.windows.order)
        counts = np.zeros(events + 1, np.int64)
        np.cumsum(np.ones(events, np.bool_) if self.in_range is None else self.in_range, out=counts[1:])
        return counts

    def between(self, before: Ints, window: int) -> Ints:
        """(rows,) what came on top of (n + 1,) ``before`` from where a window begins to where it ends."""
        return before.take(self.windows.end) - before.take(self.windows.start(window))

    def total(self, before: Ints, apart: Ints, window: int) -> Ints:
        """(rows,) sums of a window: of ranges from their running sums, and of (m,) events ``apart``."""
        found = self.between(before, window)
        ranges = self.apart(window)
        if len(ranges.of):
            found += _covered(ranges, apart.take(ranges.of), len(found))
        return found

    def _count(self, window: int) -> Ints:
        ones = np.ones(len(self.windows.apart.at), np.int64)
        if self.in_range is None:
            return self.windows.end - self.windows.start(window)
        return self.total(self.before, ones, window)

    def _apart(self, window: int) -> RowRanges:
        ranges = self.windows.ranges(window)
        if self._present is None or not len(ranges.of):
            return ranges
        held = np.flatnonzero(self._present.take(self.windows.apart.at.take(ranges.of)))
        return RowRanges(*(part.take(held) for part in ranges))


def _covered(ranges: RowRanges, values: Ints, rows: int) -> Ints:
    """(rows,) sums of the values in whose range each row is; only the last must not overflow."""
    changes = np.zeros(rows + 1, np.int64)
    np.add.at(changes, ranges.first, values)
    np.subtract.at(changes, ranges.end, values)
    return np.cumsum(changes[:-1])


Compute = Callable[[Column, Sequence[int], Any], list[Values]]
"""What computes an aggregate of a column, by its parameter, in each of some windows in microseconds: (rows,) values."""
