"""How many rows are in a window, or of a field how many values; 0 without any."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from keepfit.features.aggregates.base import Aggregate, Event, Events


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

    def together(self, states: Iterable[int], events: Events, parameter: Any = None) -> int:
        return sum(states) + len(events.values)

    def finish(self, state: int, parameter: Any = None) -> int:
        return state


AGGREGATE = Count()
