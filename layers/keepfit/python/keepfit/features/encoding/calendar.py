"""Instants as numbers: what a clock and a calendar show in a zone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from math import nan
from typing import Final

from keepfit.instants import time_zone

PARTS: Final = ("hour", "weekday", "day", "month", "year")
"""Hour of the day with its fraction, weekday from Monday = 1, day of the month, month, year."""
_YEAR = timedelta(days=365)


def parts_that_return(instants: Iterable[datetime | None]) -> tuple[str, ...]:
    """The parts that say something of later rows: all, or all but the day where there is less than a year.

    In a few months each day of the month names a few dates, and what is learned of it is what happened on those.
    """
    known = [instant for instant in instants if instant is not None]
    if known and max(known) - min(known) < _YEAR:
        return tuple(part for part in PARTS if part != "day")
    return PARTS


def compile_calendar(
    zone: str = "UTC", parts: Sequence[str] = PARTS
) -> Callable[[datetime | None], tuple[float, ...]]:
    """Compiles a function of an aware instant to its ``parts`` in ``zone``, NaN where missing.

    >>> from datetime import UTC
    >>> compile_calendar()(datetime(2026, 3, 1, 13, 30, tzinfo=UTC))
    (13.5, 7, 1, 3, 2026)
    """
    place = time_zone(zone)
    missing = (nan,) * len(PARTS)

    def read(instant: datetime | None) -> tuple[float, ...]:
        if instant is None:
            return missing
        local = instant.astimezone(place)
        hour = local.hour + local.minute / 60 + local.second / 3600
        return hour, local.isoweekday(), local.day, local.month, local.year

    if tuple(parts) == PARTS:
        return read
    places = [PARTS.index(part) for part in parts]

    def read_some(instant: datetime | None) -> tuple[float, ...]:
        every = read(instant)
        return tuple([every[place] for place in places])

    return read_some
