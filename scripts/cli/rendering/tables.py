"""Tables, and how values look in them, in every command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from cli.rendering.table_layout import Fitted
from keepfit.instants import now

NOTHING = "-"
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "none"
) -> Fitted | Text:
    """A table, numbers to the right; ``empty`` says what it means that there is no row."""
    drawn = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold", pad_edge=False)
    lines = [list(row) for row in rows]
    if not lines:
        return Text.assemble((title, "bold"), f": {empty}")
    for position, name in enumerate(columns):
        numeric = all(isinstance(line[position], int | float | None) for line in lines)
        drawn.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for line in lines:
        drawn.add_row(*(cell(value) for value in line))
    return Fitted(drawn)


def facts(title: str, pairs: Iterable[tuple[str, Any]]) -> Table:
    """Names and values, one pair a line."""
    drawn = Table(
        title=title, title_justify="left", box=None, title_style="bold", show_header=False, pad_edge=False
    )
    drawn.add_column(style="dim")
    drawn.add_column(overflow="fold")
    for name, value in pairs:
        drawn.add_row(Text(name), cell(value))
    return drawn


def cell(value: Any) -> Text:
    """One value as people read it; never markup, whatever it holds."""
    return value if isinstance(value, Text) else Text(_words(value))


def _words(value: Any) -> str:
    match value:
        case None:
            words = ""
        case bool():
            words = "yes" if value else "no"
        case datetime():
            words = _instant(value)
        case float():
            words = f"{value:.4f}"
        case int():
            words = f"{value:,}"
        case list() | tuple():
            words = ", ".join(_words(each) for each in value)
        case dict():
            words = ", ".join(f"{name} {_short(each)}" for name, each in value.items())
        case _:
            words = str(value)
    return words or NOTHING


def _instant(value: datetime) -> str:
    """The instant, and while anybody counts in days, how long ago it was."""
    written = f"{value:%Y-%m-%d %H:%M:%S}"
    return f"{written} ({ago(value)})" if abs((now() - value).days) < 100 else written


def _short(value: Any) -> str:
    """A value among others: parameters as they were written, metrics to four digits."""
    if isinstance(value, dict):
        return f"({_words(value)})"
    return f"{value:.4g}" if isinstance(value, float) else _words(value)


def ago(instant: datetime, at: datetime | None = None) -> str:
    """How long before ``at`` (now by default).

    >>> from datetime import UTC
    >>> ago(datetime(2013, 1, 1, 11, 55, tzinfo=UTC), datetime(2013, 1, 1, 12, 0, tzinfo=UTC))
    '5 min ago'
    """
    seconds = int(((at or now()) - instant).total_seconds())
    for length, unit in _UNITS:
        if abs(seconds) >= length:
            return f"{abs(seconds) // length} {unit} {'ago' if seconds > 0 else 'from now'}"
    return "just now"


def span(interval: Sequence[float] | None) -> str | None:
    """Both ends of an interval.

    >>> span((0.65124, 0.672))
    '0.6512 to 0.6720'
    """
    return None if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
