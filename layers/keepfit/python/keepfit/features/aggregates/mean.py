"""The mean of the values in a window: their exact sum by their count; missing without any."""

from __future__ import annotations

from typing import Any

from keepfit.features.aggregates.sum import Sum, Summed


class Mean(Sum):
    """See ``base.Aggregate``."""

    kept_as = "sum"

    def finish(self, state: Summed, parameter: Any = None) -> float | None:
        total = super().finish(state)
        return None if total is None else total / state[0]


AGGREGATE = Mean()
