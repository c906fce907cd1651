"""The formats in which people and programs write times, to find the one of a column."""

from __future__ import annotations

from typing import Final

DATES: Final = (
    "%d.%m.%Y",
    "%d.%m.%y",
    "%Y.%m.%d",
    "%Y/%m/%d",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d %b %y",
    "%d%b%Y",
    "%b %d, %Y",
    "%b %d %Y",
    "%B %d, %Y",
    "%B %d %Y",
    "%d %B %Y",
    "%d. %B %Y",
    "%d %B, %Y",
    "%A, %B %d, %Y",
    "%a, %d %b %Y",
    "%a %d %b %Y",
    "%a %b %d %Y",
)
DAY_OR_MONTH_FIRST: Final = (
    ("%d/%m/%Y", "%m/%d/%Y"),
    ("%d/%m/%y", "%m/%d/%y"),
    ("%d-%m-%Y", "%m-%d-%Y"),
    ("%d-%m-%y", "%m-%d-%y"),
)
"""Of each pair the one takes what the other writes, in the first twelve days of a month."""
CLOCKS: Final = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
"""The ends of a date."""
MONTHS: Final = ("%Y-%m", "%Y/%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%y", "%b-%Y", "%Y-%b")
OF_PROGRAMS: Final = (
    "%a, %d %b %Y %H:%M:%S %z",
    "%a %b %d %H:%M:%S +0000 %Y",
    "%a %b %d %H:%M:%S %Y %z",
    "%a %b %d %H:%M:%S %Y",
    "%d/%b/%Y:%H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y-%m-%d %I:%M %p",
)
DIGITS_ALONE: Final = ("%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d%H%M")
EPOCHS: Final = {"epoch_s": (9, 10), "epoch_ms": (12, 13), "epoch_us": (15, 16)}
"""By the number of digits that they have from 1973, and from 2001, to 2286."""
