"""The value of the oldest event in a window; missing without any.

Of several of one event the one known last counts, and of several known at once the largest.
"""

from __future__ import annotations

from keepfit.features.aggregates.last import Held, Last


class First(Last):
    """See ``base.Aggregate``."""

    def merge(self, one: Held, other: Held) -> Held:
        if not one or not other:
            return one or other
        return max(one, other, key=lambda held: (-held[0], *held[1:]))


AGGREGATE = First()
