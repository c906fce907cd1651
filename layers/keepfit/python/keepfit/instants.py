"""Durations as people write them ("30d"), and instants as aware UTC datetimes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import total_ordering

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FORM = re.compile(r"([0-9]{1,12})([smhd])")
_MAX_SECONDS = 36500 * 86400  # what reaches further back than the calendar can fail anywhere later


@total_ordering
class Duration:
    """A length of time in whole seconds, written "10s", "5m", "2h" or "30d"; equal by length.

    No dataclass, because msgspec would read one as an object of fields and never ask how "30d" is meant.

    >>> Duration.parse("2h").seconds
    7200
    >>> str(Duration(172800))
    '2d'
    """

    __slots__ = ("_seconds",)

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    @property
    def seconds(self) -> int:
        return self._seconds

    def __eq__(self, other: object) -> bool:
        return self._seconds == other._seconds if isinstance(other, Duration) else NotImplemented

    def __lt__(self, other: Duration) -> bool:
        return self._seconds < other._seconds

    def __hash__(self) -> int:
        return hash(self._seconds)

    def __repr__(self) -> str:
        return f"Duration({self._seconds})"

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Parses a duration. Raises ValueError for anything but a number and s, m, h or d.

        A duration is at most a century.
        """
        found = _FORM.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not a duration: write a number and s, m, h or d, such as '30d'")
        seconds = int(found[1]) * _UNITS[found[2]]
        if seconds > _MAX_SECONDS:
            raise ValueError(f"{text!r} is longer than a century: write at most '36500d'")
        return cls(seconds)

    @property
    def delta(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    def __str__(self) -> str:
        for unit in ("d", "h", "m"):
            if self.seconds and self.seconds % _UNITS[unit] == 0:
                return f"{self.seconds // _UNITS[unit]}{unit}"
        return f"{self.seconds}s"


def now() -> datetime:
    """The present instant, aware UTC."""
    return datetime.now(UTC)


def to_iso(instant: datetime) -> str:
    """An instant as ISO 8601 in UTC with a Z, which sorts as text in time order.

    >>> to_iso(datetime(2013, 1, 1, 5, tzinfo=UTC))
    '2013-01-01T05:00:00.000000Z'
    """
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_iso(text: str) -> datetime:
    """Parses any ISO 8601 instant; one without an offset is UTC.

    >>> from_iso("2013-01-01T00:00:00-05:00").hour
    5
    """
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
