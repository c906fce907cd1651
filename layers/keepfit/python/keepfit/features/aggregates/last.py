"""The value of the newest event in a window; missing without any.

Of several of one event the one known last counts, and of several known at once the largest.
"""

from __future__ import annotations

from typing import Any

from keepfit.features.aggregates.base import Aggregate, Event

# When it happened and was known, and its value; empty without any.
Held = list[Any]


class Last(Aggregate[Held]):
    """See ``base.Aggregate``."""

    def zero(self) -> Held:
        return []

    def add(self, state: Held, event: Event, parameter: Any = None) -> Held:
        return self.merge(state, [event.happened, event.known, event.value])

    def merge(self, one: Held, other: Held) -> Held:
        return max(one, other)

    def finish(self, state: Held, parameter: Any = None) -> Any:
        return state[2] if state else None


AGGREGATE = Last()
