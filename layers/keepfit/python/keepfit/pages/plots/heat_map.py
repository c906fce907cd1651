"""A heat map over time: one row of cells per name, the darker the farther over a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from matplotlib.patches import Rectangle

from keepfit.pages.markup import Html
from keepfit.pages.plots.drawing import colour_of
from keepfit.pages.plots.time_axis import Moment, Span, TimeDrawing, number_of

_ROW: Final = 19.0
_FOOT: Final = 1.7
"""Rows that the key of the shades takes."""
_SHADES: Final = (
    (0.25, "c0", 0.08),
    (0.5, "c0", 0.22),
    (1.0, "c0", 0.45),
    (2.0, "bad", 0.5),
    (4.0, "bad", 0.75),
)
"""Under so many times the limit: the colour's class, and how strong it is."""
_STRONGEST: Final = ("bad", 1.0)
_PALE: Final = 0.5
"""Of what does not count, so that it does not strike the eye."""
_WORDS: Final = ("under ¼ of the limit", "to ½", "to 1", "drifted: to 2", "to 4", "beyond")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value from ``start`` to ``end`` as a multiple of the limit."""

    start: datetime
    end: datetime
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The cells of a name, in order, and its ``words``; grey where it does not count."""

    name: str
    cells: Sequence[Cell]
    counts: bool = True
    words: str = ""


def heat_map(rows: Sequence[Row], span: Span, *, moments: Sequence[Moment] = (), words: str) -> Html:
    """The map, its first row above, and the key of its shades; ``words`` begin what is said of it."""
    high = max(len(rows), 1) + _FOOT
    drawing = TimeDrawing(span, up="", height=_ROW * high, moments=moments, foot=_FOOT / high)
    drawing.name_rows([row.name for row in rows])
    drawing.axes.set_ylim(high - 0.5, -0.5)
    for place, row in enumerate(rows):
        for start, end, kind, strength in _merged(row, span):
            drawing.axes.add_patch(_cell(start, end, place, kind, strength))
    _key(drawing, len(rows), span)
    return drawing.to_html("; ".join([words, *(f"{row.name}: {row.words}" for row in rows)]))


def shade(level: float) -> tuple[str, float]:
    """The colour's class of a level, and how strong it is."""
    return next(((kind, strength) for limit, kind, strength in _SHADES if level < limit), _STRONGEST)


def _merged(row: Row, span: Span) -> list[tuple[datetime, datetime, str, float]]:
    """The shades of a row, neighbours of one shade as one: hundreds of windows are few shapes."""
    merged = list[tuple[datetime, datetime, str, float]]()
    for cell in row.cells:
        start, end = span.clipped(cell.start, cell.end)
        if end <= start:
            continue
        kind, strength = shade(cell.level)
        if not row.counts:
            kind, strength = "base", strength * _PALE
        last = merged[-1] if merged else None
        if last is not None and last[1] == start and last[2:] == (kind, strength):
            merged[-1] = (last[0], end, kind, strength)
        else:
            merged.append((start, end, kind, strength))
    return merged


def _cell(start: datetime, end: datetime, row: float, kind: str, strength: float) -> Rectangle:
    left = number_of(start)
    return Rectangle(
        (left, row - 0.46), number_of(end) - left, 0.92, color=colour_of(kind), alpha=strength, linewidth=0
    )


def _key(drawing: TimeDrawing, rows: int, span: Span) -> None:
    shades = [*((kind, strength) for _, kind, strength in _SHADES), _STRONGEST]
    length = (span.end - span.start) / 100
    left = span.start
    for (kind, strength), words in zip(shades, _WORDS, strict=True):
        drawing.axes.add_patch(_cell(left, left + 2 * length, rows + 0.4, kind, strength))
        drawing.axes.text(
            number_of(left + 2.8 * length),
            rows + 0.5,
            words,
            color=colour_of("base"),
            va="center",
            fontsize=9,
        )
        left += (4.5 + 1.05 * len(words)) * length
