"""Events of a view, with the values that aggregates are of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from keepfit.features.offline.columns import FeatureColumn, Truths
from keepfit.features.offline.spine_index import Ints

NEVER = np.iinfo(np.int64).max
"""When an event is replaced that holds for good."""


class Events(NamedTuple):
    """Events in any order; all (n,).

    Attributes:
        codes: entities, as those of the rows that ask.
        happened: microseconds since 1970.
        known: when each became known; None where that is when it happened.
        replaced: when a correction of it was known, ``NEVER`` without one; None where none has one.
        columns: values that aggregates are of.
    """

    codes: Ints
    happened: Ints
    known: Ints | None
    replaced: Ints | None
    columns: tuple[FeatureColumn, ...]

    @property
    def enters(self) -> Ints:
        """From when each event counts: it has happened and is known."""
        return self.happened if self.known is None else np.maximum(self.happened, self.known)

    def holding(self) -> Events:
        """The events that hold at some instant: of a correction known no later than it counts, only that does."""
        if self.replaced is None:
            return self
        holds: Truths = self.enters < self.replaced
        return self if holds.all() else self.take(np.flatnonzero(holds))

    def take(self, at: Ints) -> Events:
        """The events at the given places."""
        known, replaced = (None if each is None else each.take(at) for each in (self.known, self.replaced))
        columns = tuple(column.take(at) for column in self.columns)
        return Events(self.codes.take(at), self.happened.take(at), known, replaced, columns)
