"""Exact sums of floats, as a few floats that do not overlap.

Source: Shewchuk, Adaptive Precision Floating-Point Arithmetic (1997).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

Partials = list[float]

# Dekker's constant for float64: it parts the 53 bits of a number in two halves.
_SPLITTER = 134_217_729.0


def added(partials: Partials, values: Iterable[float]) -> Partials:
    """The partials of a sum with ``values`` added to it, exactly, unless it overflows.

    >>> sum(added(added([], [1e16, 1.0]), [-1e16]))
    1.0
    """
    for value in values:
        rest, kept = float(value), []
        for partial in partials:
            large, small = (rest, partial) if abs(rest) >= abs(partial) else (partial, rest)
            rest = large + small
            lost = small - (rest - large)
            if lost:
                kept.append(lost)
        partials = [*kept, rest] if rest else kept
    return partials


def square(value: float) -> tuple[float, float]:
    """The square of a number as a float and what its rounding lost; see Dekker (1971)."""
    product, moved = value * value, _SPLITTER * value
    high = moved - (moved - value)
    low = value - high
    return product, ((high * high - product) + 2 * high * low) + low * low


def fraction(partials: Partials) -> Fraction:
    """The sum itself."""
    from fractions import Fraction  # noqa: PLC0415  it takes 5 ms to import, which requests that need none save

    return sum(map(Fraction, partials), Fraction())
