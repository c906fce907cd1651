# ruff: noqa: PLR0124 - comparing a value with itself is how NaN is told from text and numbers alike
"""SQL's operations on single values, with DuckDB's results; none of them raises.

NaN equals itself and is greater than every number, a division by zero is infinite, ``greatest`` and ``least`` skip
NULL, and AND and OR know a third truth value, None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_EPOCH = _EPOCH.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)


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


def epoch(at: datetime) -> float:
    """Seconds since 1970 of an instant, or of a wall clock time."""
    since = at - _EPOCH if at.tzinfo is UTC else at.replace(tzinfo=None) - _CLOCK_EPOCH
    return since // _MICROSECOND / 1e6


# What EXTRACT reads of an instant, or of what a clock showed.
PARTS: dict[str, Callable[[datetime], float]] = {
    "hour": lambda at: float(at.hour),
    "minute": lambda at: float(at.minute),
    "dow": lambda at: float(at.isoweekday() % 7),
    "isodow": lambda at: float(at.isoweekday()),
    "day": lambda at: float(at.day),
    "month": lambda at: float(at.month),
    "doy": lambda at: float(at.timetuple().tm_yday),
    "year": lambda at: float(at.year),
    "epoch": epoch,
}
