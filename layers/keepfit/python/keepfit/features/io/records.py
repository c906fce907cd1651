"""Records of text files, numbered by their line, as ``reading`` passes them to DuckDB.

Whatever the file's format, a record becomes one line of CSV: its line number in the file; the field, reason and value
of a flaw, empty where the record has none; then the texts of its columns. Unquoted empty text is NULL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from keepfit.features.io.lines import Line

LEADING = ("_row", "_field", "_reason", "_value")
MAX_VALUE_LENGTH = 200


class Batch(NamedTuple):
    """Some records: their number, and their lines, each terminated."""

    size: int
    text: str


def batch(records: Sequence[str]) -> Batch:
    """Joins records that ``good`` or ``flawed`` made."""
    return Batch(len(records), "".join(f"{record}\n" for record in records))


def flawed(number: int, reason: str, value: str = "", *, columns: int, field: str = "") -> str:
    """The line of an unreadable record, whose columns are NULL.

    >>> flawed(17, "is not UTF-8", columns=2)
    '17,,"is not UTF-8",,,'
    """
    shown = quoted(value[:MAX_VALUE_LENGTH]) if value else ""
    return f"{number},{quoted(field) if field else ''},{quoted(reason)},{shown}{',' * columns}"


def unreadable(line: Line, *, columns: int) -> str:
    """The line of a record whose bytes are not text."""
    return flawed(line.number, f"the line {line.flaw}", line.shown, columns=columns)


def good(number: int, texts: Iterable[str]) -> str:
    """The line of a record; each text is quoted, or empty for NULL.

    >>> good(17, ["5", "", quoted("UA")])
    '17,,,,5,,"UA"'
    """
    return f"{number},,,,{','.join(texts)}"


def quoted(text: str) -> str:
    """A text as a CSV value that is not NULL."""
    escaped = text.replace('"', '""')
    return f'"{escaped}"'
