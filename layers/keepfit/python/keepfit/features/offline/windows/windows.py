"""Where the windows of rows begin and end in the order of events.

Most events enter the windows of an entity's rows in the order in which they happened: those of a window are a range.
An event that was known so late that a row came in between, or that was corrected, is apart: of each such event it is
the rows that are a range, those in whose window it is.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from keepfit.features.offline.columns import Truths
from keepfit.features.offline.spine_index import Ints
from keepfit.features.offline.windows.asking_rows import AskingRows
from keepfit.features.offline.windows.events import NEVER, Events
from keepfit.features.offline.windows.instant_order import InstantOrder


class Apart(NamedTuple):
    """Events whose windows are ranges of rows; all (m,).

    Attributes:
        at: places in the order of events.
        codes: their entities.
        happened: microseconds since 1970.
        first: the first row that may know each.
        replaced: the first row that knows its correction.
    """

    at: Ints
    codes: Ints
    happened: Ints
    first: Ints
    replaced: Ints


class RowRanges(NamedTuple):
    """Events apart in one window: which of ``Apart``, and their rows up to, not with, ``end``."""

    of: Ints
    first: Ints
    end: Ints


class Windows:
    """The windows of rows over events.

    Args:
        rows: those that ask.
        events: in any order.

    Attributes:
        order: (n,) the events by entity, time, and when they were known.
        codes: (n,) their entities in order.
        starts: (n,) whether an event is of another entity or time than the one before; None where all are.
        starts_of_equals: (n,) or was known at another time.
        in_order: (n,) whether an event is in a range of events; None where all are.
        end: (rows,) where the events end that each row may know.
        first: (n,) the first row that may know each event.
        apart: the events that are in no range.
        start: of a window in microseconds, (rows,) where the events begin that are in that of each row.
        end_of: of a window, (n,) the first row after ``first`` in whose window an event is no more.
        ranges: of a window, the events apart that are in that of some row.
    """

    def __init__(self, rows: AskingRows, events: Events) -> None:
        self.rows = rows
        self._events = InstantOrder(events.codes, events.happened, entities=rows.entities + 1)
        self._rows = InstantOrder(rows.codes, rows.instants, entities=rows.entities + 1)
        self.order = self._by_time_known(events)
        self.codes = events.codes.take(self.order)
        self.starts = self._events.starts_of_ties()
        self.starts_of_equals = self._starts_of_equals(events)
        self.end = self._events.first_after(rows.codes, rows.instants)
        self.first = _rows_of_places(self.end, len(self.order))
        self.in_order: Truths | None = None
        self.apart = self._part(events)
        self.start = cache(self._start)
        self.ranges = cache(self._ranges)
        self.end_of = cache(self._end_of)

    def _start(self, window: int) -> Ints:
        return self._events.first_from(self.rows.codes, self.rows.instants - window)

    def _ranges(self, window: int) -> RowRanges:
        end = self._end_of_apart(window)
        of = np.flatnonzero(self.apart.first < end)
        return RowRanges(of, self.apart.first.take(of), end.take(of))

    def _end_of(self, window: int) -> Ints:
        end = _rows_of_places(self.start(window), len(self.order))
        end[self.apart.at] = np.maximum(self._end_of_apart(window), self.apart.first)
        return end

    def _end_of_apart(self, window: int) -> Ints:
        after = self._rows.first_after(self.apart.codes, self.apart.happened + window)
        return np.minimum(after, self.apart.replaced)

    def _starts_of_equals(self, events: Events) -> Truths | None:
        if self.starts is None or events.known is None:
            return self.starts
        known = events.known.take(self.order)
        starts = self.starts.copy()
        starts[1:] |= known[1:] != known[:-1]
        return None if starts.all() else starts

    def _by_time_known(self, events: Events) -> Ints:
        order, starts = self._events.order, self._events.starts_of_ties()
        if events.known is None or starts is None:
            return order
        # Only events of one instant are ordered by when they were known.
        tied = ~starts
        tied[:-1] |= tied[1:]
        at = np.flatnonzero(tied)
        of = order.take(at)
        order = order.copy()
        order[at] = of.take(np.lexsort((events.known.take(of), np.cumsum(starts).take(at))))
        return order

    def _part(self, events: Events) -> Apart:
        nothing = np.empty(0, np.int64)
        if events.known is None and events.replaced is None:
            return Apart(nothing, nothing, nothing, nothing, nothing)
        enters = events.enters.take(self.order)
        # Where no row is left, it makes no difference.
        instants = np.append(self.rows.instants, NEVER)
        apart: Truths = instants.take(self.first) < enters
        if events.replaced is not None:
            apart |= events.replaced.take(self.order) < NEVER
        at = np.flatnonzero(apart)
        if not len(at):
            return Apart(nothing, nothing, nothing, nothing, nothing)
        self.in_order = ~apart
        of = self.order.take(at)
        codes = events.codes.take(of)
        first = self._rows.first_from(codes, enters.take(at))
        if events.replaced is None:
            replaced = np.full(len(at), len(self.rows.place))
        else:
            replaced = self._rows.first_from(codes, events.replaced.take(of))
        self.first[at] = first
        return Apart(at, codes, events.happened.take(of), first, replaced)


def _rows_of_places(places: Ints, events: int) -> Ints:
    """(n,) the first row whose place, ascending, is beyond each event's."""
    counts = np.diff(places, prepend=0, append=events)
    return np.repeat(np.arange(len(places) + 1), counts)
