"""Plots over time, with one axis: an instant is at the same place in all plots of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from matplotlib import dates

from keepfit.pages.markup import Html, element
from keepfit.pages.plots.drawing import Drawing, colour_of, plain

# These have no types.
_Locator: Any = dates.AutoDateLocator
_Formatter: Any = dates.ConciseDateFormatter
_number: Any = dates.date2num

_WIDTH: Final = 720.0
_LEFT, _RIGHT, _BELOW, _ABOVE = 140.0, 14.0, 30.0, 22.0
_MAX_LETTERS: Final = 22
_MAX_TICKS: Final = 9
_MARGIN: Final = 0.01
_NAME: Final = 0.03
"""Of the axis's width, at least so much lies between names of moments."""
_LEAST: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The time that an axis shows."""

    start: datetime
    end: datetime

    @property
    def widened(self) -> Span:
        """The span with a margin, wide enough to be drawn."""
        length = max(self.end - self.start, _LEAST)
        return Span(self.start - _MARGIN * length, self.end + _MARGIN * length)

    def clipped(self, start: datetime, end: datetime | None) -> tuple[datetime, datetime]:
        """What of a time, which may go on, is shown."""
        return max(start, self.start), self.end if end is None else min(end, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant that is drawn through a plot; ``kind`` is the class of its colour."""

    at: datetime
    kind: str
    name: str = ""


class TimeDrawing(Drawing):
    """Axes over a span of time, ``height`` pixels high; moments are drawn down to their ``foot``."""

    def __init__(
        self, span: Span, *, up: str, height: float, moments: Sequence[Moment] = (), foot: float = 0.0
    ) -> None:
        whole = _ABOVE + height + _BELOW
        super().__init__(across="", up=up, width=_WIDTH, height=whole)
        self.figure.set_layout_engine("none")
        self.axes.set_position(
            (_LEFT / _WIDTH, _BELOW / whole, (_WIDTH - _LEFT - _RIGHT) / _WIDTH, height / whole)
        )
        self.axes.yaxis.set_label_coords(-(_LEFT - 18) / (_WIDTH - _LEFT - _RIGHT), 0.5)
        locator = _Locator(tz=UTC, minticks=3, maxticks=_MAX_TICKS)
        self.axes.xaxis.set_major_locator(locator)
        self.axes.xaxis.set_major_formatter(_Formatter(locator, tz=UTC))
        shown = span.widened
        self.axes.set_xlim(number_of(shown.start), number_of(shown.end))
        after = float("-inf")
        for moment in sorted(moments, key=lambda each: each.at):
            at = number_of(moment.at)
            named = at >= after  # or names would lie upon each other
            self._draw(moment, foot, named=named)
            after = at + _NAME * (number_of(shown.end) - number_of(shown.start)) if named else after

    def _draw(self, moment: Moment, foot: float, *, named: bool) -> None:
        at, colour = number_of(moment.at), colour_of(moment.kind)
        self.axes.axvline(at, ymin=foot, color=colour, linewidth=1.1, linestyle=(0, (2, 2)), zorder=1)
        if moment.name and named:
            self.axes.text(
                at,
                1.02,
                plain(moment.name),
                color=colour,
                ha="center",
                va="bottom",
                transform=self.axes.get_xaxis_transform(),
            )

    def name_rows(self, names: Sequence[str]) -> None:
        """Names rows from above to below, each one high."""
        self.axes.grid(visible=False, axis="y")
        self.axes.set_yticks(range(len(names)), [_short(name) for name in names])
        self.axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
        self.axes.tick_params(axis="y", length=0)

    def to_html(self, description: str) -> Html:
        """The drawing, which keeps its letters readable on narrow screens, where it scrolls."""
        drawn = super().to_html(description)
        wide = Html(drawn.replace('style="max-width', 'style="min-width: 38rem; max-width', 1))
        return element("div", wide, class_="wide")


def number_of(instant: datetime) -> float:
    """An instant as matplotlib counts it."""
    return float(_number(instant))


def _short(name: str) -> str:
    return plain(name if len(name) <= _MAX_LETTERS else name[: _MAX_LETTERS - 1] + "…")
