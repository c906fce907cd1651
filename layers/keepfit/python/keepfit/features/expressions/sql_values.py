# ruff: noqa: PLR0124 - comparing a value with itself is how NaN is told from text and numbers alike
"""SQL's operations on single values, with DuckDB's results; none of them raises.

NaN equals itself and is greater than every number, a division by zero is infinite, ``greatest`` and ``least`` skip
NULL, and AND and OR know a third truth value, None.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

# The greatest float64.
MAX_WIDTH: Final = 1.7976931348623157e308


def all_true(row: Sequence[Any]) -> bool | None:
    """AND of several values."""
    return False if False in row else None if None in row else True


def any_true(row: Sequence[Any]) -> bool | None:
    """OR of several values."""
    return True if True in row else None if None in row else False


def coalesce(row: Sequence[Any]) -> Any:
    """The first value that is not NULL."""
    return next((v for v in row if v is not None), None)


def greatest(row: Sequence[Any]) -> Any:
    """The greatest value; the first of equals."""
    best = None
    for v in row:
        if v is not None and (best is None or less(best, v)):
            best = v
    return best


def least(row: Sequence[Any]) -> Any:
    """The least value; the first of equals."""
    best = None
    for v in row:
        if v is not None and (best is None or less(v, best)):
            best = v
    return best


def equal(x: Any, y: Any) -> bool:
    """x = y."""
    return bool(x == y or (x != x and y != y))


def less(x: Any, y: Any) -> bool:
    """x < y."""
    return bool(x < y or (y != y and x == x))


def at_most(x: Any, y: Any) -> bool:
    """x <= y."""
    return bool(x <= y or y != y)


def divide(x: float, y: float) -> float:
    """x / y."""
    if y:
        return x / y
    if x != x or x == 0:
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def remainder(x: float, y: float) -> float:
    """x % y, with the sign of x."""
    return math.nan if y == 0 or math.isinf(x) else math.fmod(x, y)


def floor(x: float) -> float:
    """The greatest integer that is not greater."""
    return math.copysign(math.floor(x), x) if math.isfinite(x) else x


def ceil(x: float) -> float:
    """The least integer that is not less."""
    return math.copysign(math.ceil(x), x) if math.isfinite(x) else x


def sqrt(x: float) -> float:
    """The square root; NaN of a negative number."""
    return math.nan if x < 0 else math.sqrt(x)


def ln(x: float) -> float:
    """The natural logarithm; NaN of a negative number."""
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def log10(x: float) -> float:
    """The logarithm to base 10; NaN of a negative number."""
    return math.log10(x) if x > 0 else -math.inf if x == 0 else math.nan


def log2(x: float) -> float:
    """The logarithm to base 2; NaN of a negative number."""
    return math.log2(x) if x > 0 else -math.inf if x == 0 else math.nan


def log(base: float, x: float) -> float:
    """The logarithm to any base, as the quotient of those to base 10."""
    return divide(log10(x), log10(base))


def exp(x: float) -> float:
    """e to the power x; infinite where that is too large."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def sin(x: float) -> float:
    """The sine; NaN of an infinite angle."""
    return math.nan if math.isinf(x) else math.sin(x)


def cos(x: float) -> float:
    """The cosine; NaN of an infinite angle."""
    return math.nan if math.isinf(x) else math.cos(x)


def width_bucket(x: float, low: float, high: float, buckets: float) -> float | None:
    """The bucket of equal width that holds x, from 1 to ``buckets``.

    It is 0 before the first, and one more after the last. Buckets go down where ``low`` is above ``high``, and each
    holds the bound it begins with. None where the bounds are equal, not finite, or too far apart for a float64.

    Source: width_bucket of PostgreSQL.

    >>> [width_bucket(x, 0.0, 10.0, 5.0) for x in (-1.0, 0.0, 9.0, 10.0)]
    [0.0, 1.0, 5.0, 6.0]
    """
    if low == high or not abs(high - low) <= MAX_WIDTH:
        return None
    up = low < high
    if less(x, low) if up else less(low, x):
        return 0.0
    if at_most(high, x) if up else at_most(x, high):
        return buckets + 1.0
    return min(math.floor((x - low) / (high - low) * buckets), buckets - 1.0) + 1.0
