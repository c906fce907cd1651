"""Point-in-time values of one feature view, from a stream of its events in any order.

Every event goes to the first slot of the spine that may know it, if it is not too old for it, and only the newest of a
slot is kept. What a row may know is then the newest of all slots up to its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from keepfit.features.offline.columns import FeatureColumn, Truths, Values
from keepfit.features.offline.spine_index import LATEST, Ints, SpineIndex

_NONE = np.iinfo(np.int64).min


class NewestValue:
    """Collects events of one view; an event counts once it has happened and is known.

    Args:
        spine: the rows that ask.
        delay: microseconds by which an event must have counted before the moment of a row.
        ttl: microseconds before that, beyond which an event is too old.
        kinds: the numpy type of each feature.
    """

    def __init__(self, spine: SpineIndex, *, delay: int, ttl: int, kinds: Sequence[npt.DTypeLike]) -> None:
        self._spine, self._delay = spine, delay
        slots = len(spine.moment)
        # What an event must reach: young enough for the slot, and as new as what the slot knows already. What is too
        # old for a slot is too old for all after it, and so is what a slot before knows something newer than.
        self._limit = np.where(spine.moment == LATEST, LATEST, spine.moment - delay - ttl)
        self._oldest = self._limit.copy()
        self._taken = np.zeros(slots, np.bool_)
        self._known = np.full(slots, _NONE, np.int64)
        self._last = np.zeros(slots, np.int64)
        self._values = [np.zeros(slots, kind) for kind in kinds]
        self._present = [np.zeros(slots, np.bool_) for _ in kinds]

    def add(self, codes: Ints, happened: Ints, known: Ints | None, features: Sequence[FeatureColumn]) -> None:
        """Adds a batch of events.

        Args:
            codes: (n,) entities, as the spine's; none is -1.
            happened: (n,) microseconds since 1970.
            known: (n,) when each became known; None where that is when it happened.
            features: the batch's values, as ``kinds``.
        """
        counts_from = happened if known is None else np.maximum(happened, known)
        slots = self._spine.approach(codes, counts_from, delay=self._delay)
        rows = np.flatnonzero(self._limit.take(slots) <= happened)
        happened = happened.take(rows)
        counts_from = happened if known is None else counts_from.take(rows)
        slots = self._spine.reach(slots.take(rows), codes.take(rows), counts_from, delay=self._delay)
        fresh = np.flatnonzero(self._limit.take(slots) <= happened)
        rows, slots = rows.take(fresh), slots.take(fresh)
        newest, tied = self._newest(slots, happened.take(fresh), None if known is None else known.take(rows))
        self._settle(rows.take(newest), slots.take(newest), tied, features)

    def found(self) -> list[Values]:
        """The values of each feature at the moments of the spine's rows, in their order."""
        first = int(self._limit.min(where=self._taken, initial=LATEST))
        at = self._spine.carry_forward(np.where(self._taken, self._limit - first, -1))
        fresh = self._taken.take(at)
        fresh &= self._limit.take(at) >= self._oldest
        # From slot to slot first, which goes forward, and to rows then: jumping about in memory is what takes time.
        rows, untaken = self._spine.of_rows(), ~self._taken
        there = fresh.take(rows)
        return [
            Values(
                values.take(at).take(rows),
                there if (present | untaken).all() else (present.take(at) & fresh).take(rows),
            )
            for values, present in zip(self._values, self._present, strict=True)
        ]

    def _newest(self, slots: Ints, happened: Ints, known: Ints | None) -> tuple[Ints, Truths]:
        """The positions of the events that are now the newest of their slots.

        Of several, the one known last.

        Beside them, which are as new as the one that the slot held before.
        """
        before = self._limit.take(slots)
        np.maximum.at(self._limit, slots, happened)
        newest = np.flatnonzero(self._limit.take(slots) == happened)
        slots = slots.take(newest)
        tied = (before.take(newest) == happened.take(newest)) & self._taken.take(slots)
        self._taken[slots] = True
        if known is None:
            return newest, tied
        known = known.take(newest)
        self._known[slots.compress(~tied)] = _NONE
        known_before = self._known.take(slots)
        np.maximum.at(self._known, slots, known)
        last = np.flatnonzero(self._known.take(slots) == known)
        return newest.take(last), known_before.take(last) == known.take(last)

    def _settle(self, rows: Ints, slots: Ints, tied: Truths, features: Sequence[FeatureColumn]) -> None:
        """Keeps the values of the rows; of several for one slot, that of ``_first_in_order``."""
        positions = np.arange(len(rows))
        self._last[slots] = positions
        alone = self._last.take(slots) == positions
        if alone.all() and not tied.any():
            self._write(slots, [column.take(rows) for column in features])
            return
        contested = np.zeros(len(self._limit), np.bool_)
        contested[slots[~alone]] = True
        contested[slots[tied]] = True
        several = contested.take(slots)
        self._write(slots[~several], [column.take(rows[~several]) for column in features])
        holders = np.unique(slots[tied])
        slots = np.concatenate([slots[several], holders])
        values = [
            _joined(column.take(rows[several]), Values(held.take(holders), present.take(holders)))
            for column, held, present in zip(features, self._values, self._present, strict=True)
        ]
        first = _first_in_order(slots, values)
        self._write(slots.take(first), [Values(v.values.take(first), v.present.take(first)) for v in values])

    def _write(self, slots: Ints, found: Sequence[Values]) -> None:
        for values, present, new in zip(self._values, self._present, found, strict=True):
            values[slots] = new.values
            present[slots] = new.present


def _joined(one: Values, other: Values) -> Values:
    return Values(np.concatenate([one.values, other.values]), np.concatenate([one.present, other.present]))


def _first_in_order(slots: Ints, features: Sequence[Values]) -> Ints:
    """One position for each slot: the largest values, feature by feature, missing ones last."""
    ranks = [
        np.where(feature.present, -np.unique(feature.values, return_inverse=True)[1], 1)
        for feature in features
    ]
    order = np.lexsort((*reversed(ranks), slots))
    ascending = slots.take(order)
    return order.compress(np.append(True, ascending[1:] != ascending[:-1]))
