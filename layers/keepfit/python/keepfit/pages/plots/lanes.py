"""Lanes over time: what went on, as bars, and what happened, as marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from keepfit.pages.markup import Html
from keepfit.pages.plots.drawing import colour_of, plain
from keepfit.pages.plots.time_axis import Moment, Span, TimeDrawing, number_of

_ROW: Final = 34.0
_THICK: Final = 0.44
_LETTER: Final = 0.011
"""Of the axis's width: a name that has no room in its bar is left out."""

_NAMED: Final = 0.11
"""Of the axis's width, so much a name of a mark takes."""
_NEAR_THE_END: Final = 0.95

Shape = Literal["dot", "ring", "up", "down", "cross"]
_MARKERS: Final = {"dot": "o", "ring": "o", "up": "^", "down": "v", "cross": "x"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What went on from ``start``, and still does where ``end`` is None; ``strong`` ones are filled."""

    start: datetime
    end: datetime | None
    kind: str
    name: str = ""
    strong: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What happened at an instant."""

    at: datetime
    kind: str
    shape: Shape = "dot"
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One row of what is of a kind; ``words`` say all of it."""

    name: str
    bars: Sequence[Bar] = ()
    marks: Sequence[Mark] = ()
    words: str = ""


def lanes(rows: Sequence[Lane], span: Span, *, moments: Sequence[Moment] = (), words: str) -> Html:
    """The lanes, from above to below; ``words`` begin what is said of them."""
    drawing = TimeDrawing(span, up="", height=_ROW * max(len(rows), 1), moments=moments)
    drawing.name_rows([row.name for row in rows])
    for place, row in enumerate(rows):
        for bar in row.bars:
            _bar(drawing, bar, place, span)
        below, after = False, float("-inf")
        for mark, at in _side_by_side(row.marks, span):
            below = bool(mark.name) and at < after and not below
            after = at + _NAMED * (number_of(span.end) - number_of(span.start)) if mark.name else after
            _mark(drawing, mark, at, place, below=below)
    return drawing.to_html("; ".join([words, *(f"{row.name}: {row.words or 'none'}" for row in rows)]))


def _bar(drawing: TimeDrawing, bar: Bar, row: int, span: Span) -> None:
    start, end = map(number_of, span.clipped(bar.start, bar.end))
    whole = number_of(span.end) - number_of(span.start) or 1.0
    length = max(end - start, 0.004 * whole)
    drawing.axes.barh(
        row,
        length,
        left=start,
        height=_THICK if bar.strong else _THICK / 2,
        color=colour_of(bar.kind),
        alpha=0.75 if bar.strong else 0.45,
        linewidth=0,
    )
    if bar.name and length / whole > _LETTER * (len(bar.name) + 1):
        drawing.axes.text(
            start + length / 2, row, plain(bar.name), color=colour_of("page"), ha="center", va="center"
        )


def _mark(drawing: TimeDrawing, each: Mark, at: float, row: int, *, below: bool) -> None:
    """Draws a mark with its name, which stands below it where another is near."""
    colour = colour_of(each.kind)
    drawing.axes.plot(
        [at],
        [row],
        marker=_MARKERS[each.shape],
        markersize=7.5,
        color=colour,
        markerfacecolor="none" if each.shape == "ring" else colour,
        markeredgewidth=1.6,
        linestyle="",
        clip_on=False,
        zorder=3,
    )
    left, right = drawing.axes.get_xlim()
    share = (at - left) / (right - left)
    if each.name:
        drawing.axes.text(
            at,
            row + 0.25 if below else row - 0.25,
            plain(each.name),
            color=colour_of("base"),
            ha="right" if share > _NEAR_THE_END else "center",
            va="top" if below else "bottom",
            fontsize=9,
        )


def _side_by_side(marks: Sequence[Mark], span: Span) -> list[tuple[Mark, float]]:
    """Marks with their places; those of one instant stand beside each other, in their order."""
    step = 0.014 * (number_of(span.end) - number_of(span.start))
    placed, after = list[tuple[Mark, float]](), float("-inf")
    for mark in marks:
        at = max(number_of(mark.at), after)
        # Many in a row would walk away from when they were.
        at = at if at - number_of(mark.at) <= 4 * step else number_of(mark.at)
        placed.append((mark, at))
        after = at + step
    return placed
