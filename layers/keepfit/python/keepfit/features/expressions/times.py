"""Times of SQL, with DuckDB's results: their parts, the steps between two, where a step begins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_EPOCH = _EPOCH.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)

Diff = Callable[[datetime, datetime], float]
Trunc = Callable[[datetime], datetime]


def epoch(at: datetime) -> float:
    """Seconds since 1970 of an instant, or of a wall clock time."""
    since = at - (_EPOCH if at.tzinfo is UTC else _CLOCK_EPOCH)
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


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


# The wall clock at which the step of time began.
TRUNC: dict[str, Trunc] = {
    "second": lambda at: at.replace(microsecond=0),
    "minute": lambda at: at.replace(second=0, microsecond=0),
    "hour": lambda at: at.replace(minute=0, second=0, microsecond=0),
    "day": _midnight,
    "week": lambda at: _midnight(at) - timedelta(days=at.weekday()),
    "month": lambda at: _midnight(at).replace(day=1),
    "quarter": lambda at: _midnight(at).replace(day=1, month=(at.month - 1) // 3 * 3 + 1),
    "year": lambda at: _midnight(at).replace(day=1, month=1),
}


def _steps(part: str, length: timedelta) -> Diff:
    begin = TRUNC[part]
    return lambda start, end: float((begin(end) - begin(start)) // length)


# How many beginnings of a step lie between two wall clocks, fewer than none where the end is earlier.
DIFF: dict[str, Diff] = {
    "second": _steps("second", timedelta(seconds=1)),
    "minute": _steps("minute", timedelta(minutes=1)),
    "hour": _steps("hour", timedelta(hours=1)),
    "day": _steps("day", timedelta(days=1)),
    "week": lambda start, end: float(int((end.date() - start.date()).days / 7)),  # by days, whatever days
    "month": lambda start, end: float((end.year - start.year) * 12 + end.month - start.month),
    "quarter": lambda start, end: float(
        (end.year - start.year) * 4 + (end.month - 1) // 3 - (start.month - 1) // 3
    ),
    "year": lambda start, end: float(end.year - start.year),
}
