"""Casts of SQL, with DuckDB's results; what cannot be cast is None.

Texts are cast where they have the plain form that is declared here, for DuckDB and Python alike, as both know forms
that the other does not: ``1_000``, ``+-1``, digits of other scripts.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

_BLANK: Final = r"[ \t\n\x0b\f\r]*"
NUMBER: Final = rf"^{_BLANK}([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?){_BLANK}$"
WHOLE: Final = rf"^{_BLANK}([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)){_BLANK}$"
TIME: Final = (
    r"^((?:19|20|21)[0-9][0-9]-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[ T](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?)?)$"
)
# Whole numbers up to here are all float64.
MAX_WHOLE: Final = 2.0**53
_MOST_DIGITS: Final = 19

_number, _whole, _time = (re.compile(pattern[1:-1]).fullmatch for pattern in (NUMBER, WHOLE, TIME))
_TRUTHS: Final = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}


def number_of_text(text: str) -> float | None:
    """The number that a text holds.

    >>> [number_of_text(text) for text in ("1.5e1", " -2 ", "1_000", "two")]
    [15.0, -2.0, None, None]
    """
    match = _number(text)
    return float(match[1]) if match else None


def whole_of_text(text: str) -> float | None:
    """The whole number next to the decimal that a text holds, the one further from 0 of two.

    >>> [whole_of_text(text) for text in ("12", "12.5", "-12.5", "1e3", "9223372036854775808")]
    [12.0, 13.0, -13.0, None, None]
    """
    match = _whole(text)
    if match is None:
        return None
    digits, _, fraction = match[1].lstrip("+-").partition(".")
    digits = digits.lstrip("0")
    if len(digits) > _MOST_DIGITS:  # Python refuses to read thousands of digits
        return None
    size = int(digits or "0") + (fraction[:1] >= "5")
    signed = -size if match[1][0] == "-" else size
    return float(signed) if -(2**63) <= signed < 2**63 else None


def whole_of_number(number: float) -> float | None:
    """The whole number next to a number, the even one of two; None outside 64 bits."""
    return float(round(number)) if -(2.0**63) <= number < 2.0**63 else None


def truth_of_text(text: str) -> bool | None:
    """The truth that a text holds."""
    return _TRUTHS.get(text.lower())


def truth_of_number(number: float) -> bool:
    """Whether a number is not 0."""
    return number != 0


def text_of_whole(number: float) -> str | None:
    """A whole number in digits; None where float64 does not hold every whole number."""
    return str(int(number)) if -MAX_WHOLE <= number < MAX_WHOLE else None


def text_of_truth(truth: bool) -> str:  # noqa: FBT001 - the operand of a cast
    """What DuckDB writes for a truth."""
    return "true" if truth else "false"


def time_of_text(text: str) -> datetime | None:
    """The time that a text holds, as a wall clock; None for no ISO 8601 of the years 1900 to 2199.

    >>> time_of_text("2024-02-29T12:30")
    datetime.datetime(2024, 2, 29, 12, 30)
    """
    if _time(text) is None:
        return None
    whole, _, fraction = text.partition(".")
    try:
        return datetime.fromisoformat(f"{whole}.{fraction:0<6}" if fraction else whole)
    except ValueError:
        return None


def date_of_text(text: str) -> datetime | None:
    """The midnight at which the day of the time that a text holds began."""
    time = time_of_text(text)
    return time and datetime(time.year, time.month, time.day)  # noqa: DTZ001 - a wall clock
