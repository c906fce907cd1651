"""The registry of reductions: what makes one value of the elements of a list."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

Elements = Sequence[Any] | None
"""What is there of a list; None where there is none."""


class Reduction(NamedTuple):
    """What makes one value of elements, and the types of field that may hold it; any where it names none."""

    reduce: Callable[[Elements, str | None], Any]
    types: frozenset[str] = frozenset()
    needs_value: bool = False


class NoValue(ValueError):
    """A cell that does not hold what is wanted of it; the message goes on after the name of its field."""


def _length(elements: Elements, _value: str | None) -> int | None:
    return None if elements is None else len(elements)


def _sum(elements: Elements, _value: str | None) -> float | None:
    return None if elements is None else _whole(math.fsum(_numbers(elements)))


def _mean(elements: Elements, _value: str | None) -> float | None:
    return math.fsum(_numbers(elements)) / len(elements) if elements else None


def _min(elements: Elements, _value: str | None) -> float | None:
    return min(_numbers(elements)) if elements else None


def _max(elements: Elements, _value: str | None) -> float | None:
    return max(_numbers(elements)) if elements else None


def _first(elements: Elements, _value: str | None) -> Any:
    return elements[0] if elements else None


def _last(elements: Elements, _value: str | None) -> Any:
    return elements[-1] if elements else None


def _contains(elements: Elements, value: str | None) -> bool | None:
    return None if elements is None else any(_spelled(element) == value for element in elements)


def _numbers(elements: Sequence[Any]) -> list[float]:
    for element in elements:
        if isinstance(element, bool) or not isinstance(element, (int, float)):
            raise NoValue(f"has the element {str(element)[:50]!r}, which is no number")
    return list(elements)


def _whole(number: float) -> float:
    """A number as it is written: 3 for 3.0, because a field may be int."""
    return int(number) if number.is_integer() else number


def _spelled(element: Any) -> str:
    if isinstance(element, bool):
        return "true" if element else "false"
    return str(element)


_NUMBERS = frozenset({"float"})
_COUNTS = frozenset({"float", "int"})

REDUCTIONS: Final[Mapping[str, Reduction]] = {
    "length": Reduction(_length, _COUNTS),
    "sum": Reduction(_sum, _COUNTS),
    "mean": Reduction(_mean, _NUMBERS),
    "min": Reduction(_min, _COUNTS),
    "max": Reduction(_max, _COUNTS),
    "first": Reduction(_first),
    "last": Reduction(_last),
    "contains": Reduction(_contains, frozenset({"bool"}), needs_value=True),
}

if TYPE_CHECKING:
    ReductionName = str
else:
    # Definitions may name what is listed.
    ReductionName = Literal[tuple(REDUCTIONS)]
