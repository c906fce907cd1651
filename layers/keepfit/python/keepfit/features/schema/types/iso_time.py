"""Times as ISO 8601 writes them: a date, and perhaps a time and an offset."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
_OFFSET = "(?:Z| UTC|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)"
# Where no other format is declared. In whatever format, a time behind a T is this one: programs write no other there.
ISO: Final = f"{_DATE}(?:[ T]{_CLOCK}{_OFFSET}?)?"
ISO_WITH_T: Final = f"{_DATE}T{_CLOCK}{_OFFSET}?"

_match = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(.*))?"
).fullmatch
# A year 0 is none in Python; as leap years do, 2000 has the same days.
_YEAR_ZERO = 2000


class YearZero(OverflowError):
    """A time that is well written, before the year 1."""


def read_iso(text: str) -> datetime | None:
    """The time of an ``ISO`` text, aware where it has an offset; None for no such day or hour.

    Raises:
        YearZero: the year is 0.
    """
    match = _match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    midnight = hour == "24"
    if midnight and {minute, second or "00", (fraction or "0").strip("0")} != {"00", ""}:
        return None
    try:
        time = datetime(
            int(year) or _YEAR_ZERO,
            int(month),
            int(day),
            0 if midnight else int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "")[:6].ljust(6, "0")),
            tzinfo=_offset(offset) if offset else None,
        )
    except ValueError:
        return None
    if year == "0000":
        raise YearZero
    return time + timedelta(days=1) if midnight else time


def iso_sql(text: str, pattern: str, localized: Callable[[str], str] | None) -> str:
    """``read_iso`` of the texts of a pattern, as SQL of type TIMESTAMPTZ.

    ``localized`` makes one of the SQL of a TIMESTAMP; None where a time without an offset is UTC.
    """
    aware = f"TRY_CAST({text} AS TIMESTAMPTZ)"
    if localized:
        time = localized(f"TRY_CAST({text} AS TIMESTAMP)")
        aware = f"CASE WHEN regexp_matches({text}, ':[0-9.]+{_OFFSET}$') THEN {aware} ELSE {time} END"
    return f"CASE WHEN regexp_full_match({text}, '{pattern}') THEN {aware} END"


def _offset(text: str) -> timezone:
    if text in ("Z", " UTC"):
        return UTC
    digits = text[1:].replace(":", "")
    minutes = 60 * int(digits[:2]) + int(digits[2:] or 0)
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
