"""The sum of the values in a window, rounded once; missing without any."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from keepfit.features.aggregates.base import SUMMABLE, Aggregate, Event, Events
from keepfit.features.aggregates.exact_sums import Partials, added

# How many values, and their exact sum.
Summed = tuple[int, Partials]


class Sum(Aggregate[Summed]):
    """See ``base.Aggregate``."""

    takes = SUMMABLE
    gives = "float"

    def zero(self) -> Summed:
        return 0, []

    def add(self, state: Summed, event: Event, parameter: Any = None) -> Summed:
        return state[0] + 1, added(state[1], [event.value])

    def merge(self, one: Summed, other: Summed) -> Summed:
        return one[0] + other[0], added(one[1], other[1])

    def together(self, states: Iterable[Summed], events: Events, parameter: Any = None) -> Summed:
        # What is rounded once at the end need not be added up before.
        count, partials = len(events.values), [*events.values]
        for some, exact in states:
            count += some
            partials += exact
        return count, partials

    def finish(self, state: Summed, parameter: Any = None) -> float | None:
        count, partials = state
        return math.fsum(partials) if count else None


AGGREGATE = Sum()
