"""An order of entities' instants, in which other instants find their place."""

from __future__ import annotations

import numpy as np

from keepfit.features.offline.columns import Truths
from keepfit.features.offline.spine_index import Ints

# Keys stay below, so that none overflows.
_MOST = 2**62


class InstantOrder:
    """Instants by entity and time; those that are equal come in any order.

    Args:
        codes: (n,) entities from 0.
        instants: (n,) microseconds since 1970.
        entities: how many codes there may be.

    Attributes:
        order: (n,) positions of what was given, in order; what comes in order already keeps it.
    """

    def __init__(self, codes: Ints, instants: Ints, *, entities: int) -> None:
        self._first = int(instants.min()) if len(instants) else 0
        self._span = int(instants.max()) - self._first + 1 if len(instants) else 1
        # Where entity and instant do not fit one number together, instants count by their ranks.
        packed = entities * (self._span + 2) < _MOST
        self._known = None if packed else np.unique(instants)
        self._width = (self._span if self._known is None else len(self._known)) + 2
        keys = codes * self._width
        keys += self._up_to(instants)
        if (keys[1:] >= keys[:-1]).all():
            self.order, self._keys = np.arange(len(keys)), keys
        else:
            self.order = np.argsort(keys)
            self._keys = keys.take(self.order)

    def starts_of_ties(self) -> Truths | None:
        """(n,) whether the one before is of another entity or instant; None where all are."""
        starts = np.ones(len(self._keys), np.bool_)
        np.not_equal(self._keys[1:], self._keys[:-1], out=starts[1:])
        return None if starts.all() else starts

    def first_from(self, codes: Ints, instants: Ints) -> Ints:
        """(m,) the place of the entity's first instant that is no earlier."""
        return np.searchsorted(self._keys, codes * self._width + self._from(instants))

    def first_after(self, codes: Ints, instants: Ints) -> Ints:
        """(m,) the place of the entity's first instant that is later."""
        return np.searchsorted(self._keys, codes * self._width + self._up_to(instants), side="right")

    def _up_to(self, instants: Ints) -> Ints:
        """How many instants of the span are not after each, and at least none."""
        if self._known is not None:
            return np.searchsorted(self._known, instants, side="right")
        return np.clip(instants, self._first - 1, self._first + self._span - 1) - (self._first - 1)

    def _from(self, instants: Ints) -> Ints:
        """The number of the first instant of the span that is not before each, counted from 1."""
        if self._known is not None:
            return np.searchsorted(self._known, instants) + 1
        return np.clip(instants, self._first, self._first + self._span) - (self._first - 1)
