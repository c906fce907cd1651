"""An index over the spine's moments, so that events need no order.

The spine is sorted once by entity and moment. Each entity ends with a sentinel, at which nothing counts any more. A
table of buckets, four for each row of an entity, leads from an instant to a place from which a few steps are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

LATEST = np.iinfo(np.int64).max
# Four buckets for each slot: the first of an entity is four times its first slot.
_BUCKETS_SHIFT = 2
# Instants that crowd in one bucket are searched by bisection after so many steps.
_MAX_STEPS = 8
# Slots whose numbers fit the processor's cache together.
_BLOCK = 1 << 14


class SpineIndex:
    """The slots of a spine: its rows by entity and moment, and a sentinel per entity.

    Args:
        codes: (rows,) the entity of each row, 0 to ``entities`` - 1; -1 where it is null, which nothing matches.
        moments: (rows,) microseconds since 1970.
        entities: how many codes there are.

    Attributes:
        moment: (slots,) ascending within an entity; ``LATEST`` in sentinels.
        slot_of_row: (rows,) the slot of each row, in the given order.
    """

    def __init__(self, codes: Ints, moments: Ints, *, entities: int) -> None:
        codes = np.where(codes < 0, entities, codes)
        rows, entities = len(codes), entities + 1
        self._first = int(moments.min()) if rows else 0
        self._span = int(moments.max()) - self._first if rows else 0
        counts = np.bincount(codes, minlength=entities)
        self._sentinel = np.cumsum(counts + 1) - 1
        self._start = self._sentinel - counts
        self._base = (self._start << _BUCKETS_SHIFT).astype(np.float64)
        self._scale = (counts << _BUCKETS_SHIFT) / (self._span + 1.0)
        self.moment = np.full(rows + entities, LATEST, np.int64)
        self.slot_of_row = np.empty(rows, np.int64)
        self._sort(codes, moments)
        self._table = np.concatenate(list(self._leads()))

    def approach(self, codes: Ints, instants: Ints, *, delay: int) -> Ints:
        """(n,) slots at or before the first of the entity ``delay`` or more after the instant."""
        since = instants + (delay - self._first)
        np.clip(since, 0, self._span + 1, out=since)
        buckets = self._bucket(codes, since)
        leads = self._table.take(buckets)
        buckets >>= _BUCKETS_SHIFT
        buckets += leads
        return buckets

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

    def carry_forward(self, newest: Ints, *, age: int) -> Ints:
        """(slots,) the slot with the largest ``newest`` of the same entity, up to each; of several the last.

        -1 where that is more than ``age`` before the slot's moment. A slot whose own ``newest`` is that old is empty.
        """
        at, origin = np.empty(len(newest), np.int64), self._first - age - 1
        last = -1
        for block, codes in self._blocks():
            instants, oldest, start = newest[block], self.moment[block] - age, self._start.take(codes)
            held = instants >= oldest
            since = np.where(held, instants - origin, 0)
            before = int(newest[last]) - origin if last >= start[0] else 0
            keys, before = _by_entity(codes - codes[0], since, before)
            largest = np.maximum.accumulate(keys)
            np.maximum(largest, before, out=largest)
            held &= keys == largest
            found = np.where(held, np.arange(block.start, block.stop), last)
            np.maximum.accumulate(found, out=found)
            found[(found < start) | (newest.take(found) < oldest)] = -1
            at[block], last = found, int(found[-1])
        return at

    def _sort(self, codes: Ints, moments: Ints) -> None:
        order = self._order(codes, moments)
        for first in range(0, len(order), _BLOCK):
            rows = order[first : first + _BLOCK]
            slots = codes.take(rows)
            slots += np.arange(first, first + len(rows))
            self.slot_of_row[rows] = slots
            self.moment[slots] = moments.take(rows)

    def _order(self, codes: Ints, moments: Ints) -> Ints:
        """The order by entity and moment; packed into one number, it sorts three times faster."""
        if len(self._start) * (self._span + 1) < 2**62:
            packed = codes * (self._span + 1)
            packed += moments
            packed -= self._first
            return np.argsort(packed)
        return np.lexsort((moments, codes))

    def _leads(self) -> Iterator[npt.NDArray[np.signedinteger[Any]]]:
        """How far the first slot of each bucket lies from where evenly spaced moments would have it."""
        last = -1
        for block, codes in self._blocks():
            moments, slots = self.moment[block], np.arange(block.start, block.stop)
            buckets = self._bucket(codes, np.minimum(moments - self._first, self._span + 1))
            # A sentinel is in its entity's last bucket, to which no instant goes.
            np.copyto(buckets, (slots << _BUCKETS_SHIFT) + 3, where=moments == LATEST)
            leads = np.repeat(slots, np.diff(buckets, prepend=last))
            leads -= np.arange(last + 1, buckets[-1] + 1) >> _BUCKETS_SHIFT
            last = int(buckets[-1])
            yield _narrowed(leads)

    def _blocks(self) -> Iterator[tuple[slice, Ints]]:
        """Slots that fit the processor's cache together, and (n,) their entities."""
        entity = 0
        for first in range(0, len(self.moment), _BLOCK):
            block = slice(first, min(first + _BLOCK, len(self.moment)))
            sentinels = self.moment[block] == LATEST
            codes = np.cumsum(sentinels)
            codes += entity
            entity = int(codes[-1])
            codes -= sentinels
            yield block, codes

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


def _by_entity(entities: Ints, values: Ints, before: int) -> tuple[Ints, int]:
    """(n,) numbers ordered by entity and value, and the one for ``before``, a value of entity 0."""
    span = max(int(values.max()), before) + 1
    if span * (int(entities[-1]) + 1) >= 2**62:
        ranks = np.unique(np.append(values, before), return_inverse=True)[1]
        values, before, span = ranks[:-1], int(ranks[-1]), len(ranks)
    return entities * span + values, before


def _narrowed(numbers: Ints) -> npt.NDArray[Any]:
    """The numbers in as few bytes as they fit, because every event looks one up."""
    lowest = min(int(numbers.min(initial=-1)), -1 - int(numbers.max(initial=0)))
    return numbers.astype(np.min_scalar_type(lowest))
