"""Values of one feature, one per slot of a spine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from keepfit.features.offline.columns import Truths, Values
from keepfit.features.offline.spine_index import Ints


class SlotValues:
    """(slots,) values of a feature; one that was never written means nothing."""

    def __init__(self, slots: int, kind: npt.DTypeLike) -> None:
        self._values = np.full(slots, "" if kind is object else 0, kind)
        # Allocated with the first missing value: most features have none.
        self._present: Truths | None = None

    def write(self, slots: Ints, new: Values) -> None:
        """Sets the values of (n,) distinct slots."""
        self._values[slots] = new.values
        if self._present is None and new.present is not None:
            self._present = np.ones(len(self._values), np.bool_)
        if self._present is not None:
            self._present[slots] = True if new.present is None else new.present

    def take(self, slots: Ints) -> Values:
        """The values of the slots."""
        return Values(self._values, self._present).take(slots)


def joined(one: Values, other: Values) -> Values:
    """The values of the one, then those of the other."""
    return Values(
        np.concatenate([one.values, other.values]), np.concatenate([one.presence(), other.presence()])
    )


def first_in_order(slots: Ints, features: Sequence[Values]) -> Ints:
    """One position for each slot: the largest values, feature by feature, missing ones last."""
    ranks = [
        np.where(feature.presence(), -np.unique(feature.values, return_inverse=True)[1], 1)
        for feature in features
    ]
    order = np.lexsort((*reversed(ranks), slots))
    return order.compress(np.diff(slots.take(order), prepend=-1) > 0)
