"""How many rows are in a window, or of a field how many values; 0 without any."""

from __future__ import annotations

from typing import Any

from keepfit.features.aggregates.base import Aggregate, Event


class Count(Aggregate[int]):
    """See ``base.Aggregate``."""

    gives = "int"
    optional_of = True

    def zero(self) -> int:
        return 0

    def add(self, state: int, event: Event, parameter: Any = None) -> int:
        return state + 1

    def merge(self, one: int, other: int) -> int:
        return one + other

    def finish(self, state: int, parameter: Any = None) -> int:
        return state


AGGREGATE = Count()
