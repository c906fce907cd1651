"""Instants as numbers: what a clock and a calendar show in a zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import nan
from typing import Final

from keepfit.instants import time_zone

PARTS: Final = ("hour", "weekday", "day", "month", "year")
"""Hour of the day with its fraction, weekday from Monday = 1, day of the month, month, year."""


def compile_calendar(zone: str = "UTC") -> Callable[[datetime | None], tuple[float, ...]]:
    """Compiles a function of an aware instant to its ``PARTS`` in ``zone``, NaN where missing.

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

    return read
