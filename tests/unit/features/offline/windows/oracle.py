"""An oracle of windows that looks at every event for every row."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple


class Event(NamedTuple):
    """An event of an entity; ``replaced`` is when a correction of it was known."""

    entity: int
    happened: int
    known: int
    value: Any
    replaced: int | None = None


def answer(
    events: Sequence[Event], entity: int, at: int, *, aggregate: str, window: int, parameter: Any = None
) -> Any:
    """The aggregate of a window that ends at an instant."""
    inside = [
        event
        for event in events
        if event.entity == entity
        and at - window <= event.happened <= at
        and event.known <= at
        and (event.replaced is None or at < event.replaced)
        and event.value is not None
    ]
    values = [event.value for event in inside]
    if aggregate in ("count", "distinct"):
        return len(values if aggregate == "count" else set(values))
    if not values or (aggregate == "std" and len(values) < 2):
        return None
    return _OF_SOME[aggregate](inside, values, parameter)


def _quantile(values: Sequence[Any], q: float) -> float:
    return float(sorted(values)[max(1, math.ceil(q * len(values) - 1e-9)) - 1])


_OF_SOME: dict[str, Callable[[Sequence[Event], Sequence[Any], Any], Any]] = {
    "sum": lambda _, values, __: math.fsum(values),
    "mean": lambda _, values, __: math.fsum(values) / len(values),
    "share_of": lambda _, values, __: sum(values) / len(values),
    "min": lambda _, values, __: min(values),
    "max": lambda _, values, __: max(values),
    "std": lambda _, values, __: math.sqrt(statistics.variance(map(Fraction, values))),
    "last": lambda inside, _, __: max(inside, key=lambda e: (e.happened, e.known, e.value)).value,
    "first": lambda inside, _, __: max(inside, key=lambda e: (-e.happened, e.known, e.value)).value,
    "quantile": lambda _, values, q: _quantile(values, q),
}
