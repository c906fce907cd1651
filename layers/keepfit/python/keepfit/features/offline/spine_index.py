"""An index over the spine's moments, so that events need no order.

The spine is sorted once by entity and moment. Each entity ends with a sentinel, at which nothing counts any more. A
table of buckets, four for each row of an entity, leads from an instant to a place from which a few steps are left.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

LATEST = np.iinfo(np.int64).max
_BUCKETS_PER_ROW = 4
# Instants that crowd in one bucket are searched by bisection after so many steps.
_MAX_STEPS = 8


class SpineIndex:
    """The slots of a spine: its rows by entity and moment, and a sentinel per entity.

    Args:
        codes: (rows,) the entity of each row, 0 to ``entities`` - 1; -1 where it is null, which nothing matches.
        moments: (rows,) microseconds since 1970.
        entities: how many codes there are.

    Attributes:
        moment: (slots,) ascending within an entity; ``LATEST`` in sentinels.
        entity: (slots,) the code of the slot's entity.
    """

    def __init__(self, codes: Ints, moments: Ints, *, entities: int) -> None:
        codes = np.where(codes < 0, entities, codes)
        self.rows, self._entities = len(codes), entities + 1
        self._first = int(moments.min()) if self.rows else 0
        self._span = int(moments.max()) - self._first if self.rows else 0
        order = self._order(codes, moments)
        sorted_codes, sorted_moments = codes.take(order), moments.take(order)
        counts = np.bincount(sorted_codes, minlength=self._entities)
        self._slot_of_row = np.empty(self.rows, np.int64)
        slots = np.arange(self.rows) + sorted_codes
        self._slot_of_row[order] = slots
        self.entity = np.repeat(np.arange(self._entities), counts + 1)
        self.moment = np.full(self.rows + self._entities, LATEST, np.int64)
        self.moment[slots] = sorted_moments
        self._sentinel = np.cumsum(counts + 1) - 1
        self._scale = counts * _BUCKETS_PER_ROW / (self._span + 1.0)
        widths = counts * _BUCKETS_PER_ROW + 2
        self._base = (np.cumsum(widths) - widths).astype(np.float64)
        buckets = np.empty(len(self.moment), np.int64)
        buckets[slots] = self._bucket(sorted_codes, sorted_moments - self._first)
        buckets[self._sentinel] = self._base.astype(np.int64) + widths - 1
        filled = np.bincount(buckets, minlength=int(widths.sum()))
        self._table = (np.cumsum(filled) - filled).astype(np.int32)

    def _order(self, codes: Ints, moments: Ints) -> Ints:
        """The order by entity and moment; packed into one number, it sorts three times faster."""
        if self._entities * (self._span + 1) < 2**62:
            return np.argsort(codes * (self._span + 1) + (moments - self._first))
        return np.lexsort((moments, codes))

    def approach(self, codes: Ints, instants: Ints, *, delay: int) -> Ints:
        """(n,) slots at or before the first of the entity ``delay`` or more after the instant."""
        since = instants + (delay - self._first)
        np.clip(since, 0, self._span + 1, out=since)
        return self._table.take(self._bucket(codes, since)).astype(np.int64)

    def reach(self, slots: Ints, codes: Ints, instants: Ints, *, delay: int) -> Ints:
        """(n,) the first slot of each entity ``delay`` or more after the instant, from ``approach``."""
        wanted = instants + delay
        behind = np.flatnonzero(self.moment.take(slots) < wanted)
        for _ in range(_MAX_STEPS):
            if not len(behind):
                return slots
            slots[behind] += 1
            behind = behind.compress(self.moment.take(slots.take(behind)) < wanted.take(behind))
        low, high = slots.take(behind), self._sentinel.take(codes.take(behind))
        slots[behind] = self._bisect(low, high, wanted.take(behind))
        return slots

    def of_rows(self) -> Ints:
        """(rows,) the slot of each row, in the given order."""
        return self._slot_of_row

    def carry_forward(self, newest: Ints) -> Ints:
        """(slots,) the slot of the same entity, up to each, with the largest ``newest`` so far.

        The last one where several do. ``newest`` is (slots,): at least 0 where there is a value, -1 where there is
        none, as in sentinels; where no value came before, a slot without one is found.
        """
        ranks, span = newest + 1, int(newest.max()) + 2
        if span * self._entities >= 2**62:
            values, ranks = np.unique(newest, return_inverse=True)
            span = len(values)
        key = self.entity * span + ranks
        holds = key == np.maximum.accumulate(key)
        return np.maximum.accumulate(np.where(holds, np.arange(len(key)), 0))

    def _bucket(self, codes: Ints, since_first: Ints) -> Ints:
        """A monotonic function of moments and instants, so that an approach never goes too far."""
        place = self._scale.take(codes)
        place *= since_first
        place += self._base.take(codes)
        return place.astype(np.int64)

    def _bisect(self, low: Ints, high: Ints, wanted: Ints) -> Ints:
        while (low < high).any():
            middle = (low + high) >> 1
            before = self.moment.take(middle) < wanted
            low, high = np.where(before & (low < high), middle + 1, low), np.where(before, high, middle)
        return low
