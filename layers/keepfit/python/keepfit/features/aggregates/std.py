"""The sample standard deviation of the values in a window; missing with fewer than two."""

from __future__ import annotations

import math
from typing import Any

from keepfit.features.aggregates.base import SUMMABLE, Aggregate, Event
from keepfit.features.aggregates.exact_sums import Partials, added, fraction, square

# How many values, and the exact sums of them and of their squares.
Moments = tuple[int, Partials, Partials]


class Std(Aggregate[Moments]):
    """See ``base.Aggregate``; nothing cancels, however far from 0 the values are."""

    takes = SUMMABLE
    gives = "float"

    def zero(self) -> Moments:
        return 0, [], []

    def add(self, state: Moments, event: Event, parameter: Any = None) -> Moments:
        count, total, squares = state
        return count + 1, added(total, [event.value]), added(squares, square(float(event.value)))

    def merge(self, one: Moments, other: Moments) -> Moments:
        return one[0] + other[0], added(one[1], other[1]), added(one[2], other[2])

    def finish(self, state: Moments, parameter: Any = None) -> float | None:
        count, total, squares = state
        if count < 2:
            return None
        deviations = fraction(squares) - fraction(total) ** 2 / count
        return math.sqrt(deviations / (count - 1))


AGGREGATE = Std()
