"""The largest value in a window; missing without any."""

from __future__ import annotations

from typing import Any

from keepfit.features.aggregates.base import ORDERED, Aggregate, Event


class Max(Aggregate[list[Any]]):
    """See ``base.Aggregate``; a state is the value, or nothing."""

    takes = ORDERED

    def zero(self) -> list[Any]:
        return []

    def add(self, state: list[Any], event: Event, parameter: Any = None) -> list[Any]:
        return [max([*state, event.value])]

    def merge(self, one: list[Any], other: list[Any]) -> list[Any]:
        return [max([*one, *other])] if one or other else []

    def finish(self, state: list[Any], parameter: Any = None) -> Any:
        return state[0] if state else None


AGGREGATE = Max()
