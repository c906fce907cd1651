"""The share of the values in a window that are a given one; missing without any."""

from __future__ import annotations

from typing import Any

from keepfit.features.aggregates.base import Aggregate, Event, Kind


class ShareOf(Aggregate[tuple[int, int]]):
    """See ``base.Aggregate``; a state counts the values, and those that are the given one."""

    takes: frozenset[Kind] = frozenset({"number", "bool", "text"})
    gives = "float"
    parameter = "value"

    def zero(self) -> tuple[int, int]:
        return 0, 0

    def add(self, state: tuple[int, int], event: Event, parameter: Any = None) -> tuple[int, int]:
        return state[0] + 1, state[1] + (event.value == parameter)

    def merge(self, one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
        return one[0] + other[0], one[1] + other[1]

    def finish(self, state: tuple[int, int], parameter: Any = None) -> float | None:
        return state[1] / state[0] if state[0] else None


AGGREGATE = ShareOf()
