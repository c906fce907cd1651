"""A quantile of the values in a window: the smallest that a share ``q`` of them does not exceed.

A state counts values in buckets whose bounds grow by 2 %, so that what it gives is within 1 % of the value. Values
below 1e-9 in size count as 0.

Source: Masson, Rim and Lee, DDSketch (2019).
"""

from __future__ import annotations

import math
from typing import Any, Final

from keepfit.features.aggregates.base import NUMBERS, Aggregate, Event

RELATIVE_ERROR: Final = 0.01
"""How far a value from a state may be from the quantile, as a share of it."""
SMALLEST: Final = 1e-9
"""What is nearer to 0 counts as 0."""

_GROWTH = math.log((1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR))
_MIDDLE = 1 - RELATIVE_ERROR
# By the sign of its values and its number.
Buckets = dict[str, int]


def rank_of(q: float, count: Any) -> Any:
    """The place of the quantile among ``count`` values in order, from 1, before it is rounded up.

    An array of counts gives one of places. A share of a count, such as 0.07 of 100, may come out above the whole number
    that it is.
    """
    return q * count - 1e-9


class Quantile(Aggregate[Buckets]):
    """See ``base.Aggregate``; a state is how many values are in each bucket, by its number."""

    takes = NUMBERS
    gives = "float"
    parameter = "q"
    exact = False

    def zero(self) -> Buckets:
        return {}

    def add(self, state: Buckets, event: Event, parameter: Any = None) -> Buckets:
        return self.merge(state, {_bucket(float(event.value)): 1})

    def merge(self, one: Buckets, other: Buckets) -> Buckets:
        for bucket, count in other.items():
            one[bucket] = one.get(bucket, 0) + count
        return one

    def finish(self, state: Buckets, parameter: Any = None) -> float | None:
        wanted = max(1, math.ceil(rank_of(parameter, sum(state.values()))))
        values = sorted((_value(bucket), count) for bucket, count in state.items())
        for value, count in values:
            wanted -= count
            if wanted <= 0:
                return value
        return None


def _bucket(value: float) -> str:
    if abs(value) < SMALLEST:
        return "0"
    return f"{'-' if value < 0 else '+'}{math.ceil(math.log(abs(value)) / _GROWTH)}"


def _value(bucket: str) -> float:
    """The value that is no farther than the error from any of its bucket."""
    if bucket == "0":
        return 0.0
    upper = math.exp(int(bucket[1:]) * _GROWTH)
    return math.copysign(upper * _MIDDLE, -1 if bucket[0] == "-" else 1)


AGGREGATE = Quantile()
