"""Point-in-time values of one feature view, from a stream of its events in any order.

Every event goes to the first slot of the spine that may know it, if it is not too old for it, and only the newest of a
slot is kept. What a row may know is then the newest of all slots up to its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from keepfit.features.offline.columns import FeatureColumn, Truths, Values
from keepfit.features.offline.slot_values import SlotValues, first_in_order, joined
from keepfit.features.offline.spine_index import Ints, SpineIndex

_NEVER = np.iinfo(np.int64).min


class NewestValue:
    """Collects events of one view; an event counts once it has happened and is known.

    Args:
        spine: the rows that ask.
        delay: microseconds by which an event must have counted before the moment of a row.
        ttl: microseconds before that, beyond which an event is too old.
        kinds: the numpy type of each feature.
    """

    def __init__(self, spine: SpineIndex, *, delay: int, ttl: int, kinds: Sequence[npt.DTypeLike]) -> None:
        self._spine, self._delay, self._age = spine, delay, delay + ttl
        # When the newest event of each slot happened; one microsecond too old as long as there is none. What is too old
        # for a slot is too old for all after it, and so is what is older than an event of a slot before.
        self._newest = spine.moment - (self._age + 1)
        # When it was known; None as long as all were known when they happened.
        self._known: Ints | None = None
        self._features = [SlotValues(len(self._newest), kind) for kind in kinds]

    def add(self, codes: Ints, happened: Ints, known: Ints | None, features: Sequence[FeatureColumn]) -> None:
        """Adds a batch of events.

        Args:
            codes: (n,) entities, as the spine's; none is -1.
            happened: (n,) microseconds since 1970.
            known: (n,) when each became known; None where that is when it happened.
            features: the batch's values, as ``kinds``.
        """
        if known is None and self._known is not None:
            known = happened
        counts_from = happened if known is None else np.maximum(happened, known)
        slots = self._spine.approach(codes, counts_from, delay=self._delay)
        rows = np.flatnonzero(self._newest.take(slots) <= happened)
        slots, counts_from = slots.take(rows), counts_from.take(rows)
        slots = self._spine.reach(slots, codes.take(rows), counts_from, delay=self._delay)
        if known is not None and self._known is None:
            self._known = self._newest.copy()
        events = _Events(rows, slots, happened.take(rows), None if known is None else known.take(rows))
        self._keep_newest(events, features)

    def found(self) -> list[Values]:
        """The values of each feature at the moments of the spine's rows, in their order."""
        at = self._spine.carry_forward(self._newest, age=self._age).take(self._spine.slot_of_row)
        known = at >= 0
        np.maximum(at, 0, out=at)
        return [feature.take(at).where(known) for feature in self._features]

    def _keep_newest(self, events: _Events, features: Sequence[FeatureColumn]) -> None:
        before = self._newest.take(events.slots)
        np.maximum.at(self._newest, events.slots, events.happened)
        newest = np.flatnonzero(self._newest.take(events.slots) == events.happened)
        events = events.take(newest)
        held = before.take(newest) == events.happened
        contested = self._contested(events, held)
        if contested.any():
            self._settle(events.take(np.flatnonzero(contested)), held.compress(contested), features)
            events = events.take(np.flatnonzero(~contested))
        self._write(events.slots, [column.take(events.rows) for column in features])
        if self._known is not None and events.known is not None:
            self._known[events.slots] = events.known

    def _contested(self, events: _Events, held: Truths) -> Truths:
        """(n,) whether an event is as new as another of its slot: of this batch, or ``held`` before.

        The slots' instants serve as scratch space, because they are in the processor's cache already.
        """
        newest, slots, positions = self._newest, events.slots, np.arange(len(events.slots))
        newest[slots] = positions
        contested: Truths = newest.take(slots) != positions
        contested |= held
        if contested.any():
            newest[slots] = 0
            newest[slots.compress(contested)] = 1
            contested = newest.take(slots) == 1
        newest[slots] = events.happened
        return contested

    def _settle(self, events: _Events, held: Truths, features: Sequence[FeatureColumn]) -> None:
        """Keeps one of several events that are as new: the one known last, then the first by value."""
        if self._known is not None and events.known is not None:
            self._known[events.slots.compress(~held)] = _NEVER
            before = self._known.take(events.slots)
            np.maximum.at(self._known, events.slots, events.known)
            held &= before == events.known
            last = np.flatnonzero(self._known.take(events.slots) == events.known)
            events, held = events.take(last), held.take(last)
        holders = np.unique(events.slots.compress(held))
        slots = np.concatenate([events.slots, holders])
        values = [
            joined(column.take(events.rows), feature.take(holders))
            for column, feature in zip(features, self._features, strict=True)
        ]
        first = first_in_order(slots, values)
        self._write(slots.take(first), [value.take(first) for value in values])

    def _write(self, slots: Ints, values: Sequence[Values]) -> None:
        for feature, new in zip(self._features, values, strict=True):
            feature.write(slots, new)


class _Events(NamedTuple):
    """Events of a batch, all (n,): rows of the batch, slots, when they happened and became known."""

    rows: Ints
    slots: Ints
    happened: Ints
    known: Ints | None

    def take(self, at: Ints) -> _Events:
        known = None if self.known is None else self.known.take(at)
        return _Events(self.rows.take(at), self.slots.take(at), self.happened.take(at), known)
