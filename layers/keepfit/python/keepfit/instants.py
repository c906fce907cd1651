"""Durations as people write them ("30d"), instants as aware UTC datetimes, and time zones."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache, total_ordering
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FORM = re.compile(r"([0-9]{1,12})([smhd])")
_is_zone = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}").fullmatch
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


@cache
def time_zone(name: str) -> ZoneInfo:
    """The zone of a name such as Europe/Berlin, by the rules of the package tzdata.

    ``zoneinfo`` would ask the machine first, whose rules may be years old: training and serving would differ by hours.

    Raises:
        LookupError: there is no such zone.
    """
    if not _is_zone(name):
        raise LookupError(f"{name!r} is not a time zone; one is 'America/New_York'")
    from importlib.resources import files  # noqa: PLC0415  most requests name no zone
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    *folders, file = name.split("/")
    try:
        with files(".".join(["tzdata.zoneinfo", *folders])).joinpath(file).open("rb") as rules:
            return ZoneInfo.from_file(rules, key=name)
    except (ImportError, OSError, ValueError) as error:
        raise LookupError(f"{name!r} is not a time zone; one is 'America/New_York'") from error
