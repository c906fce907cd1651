"""Bars: two distributions over the same bins, or one value of each of many names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from keepfit.pages.markup import Html
from keepfit.pages.plots.drawing import Drawing, colour_of, plain

_ROW, _AXIS, _WIDTH = 22.0, 46.0, 400.0
_MAX_LETTERS = 24

CLASSES: Final = ("base", "c1")
"""The colours of both distributions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One bin: the share of each distribution that lies in it, 0 to 1."""

    label: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A value by name, with its interval where it has one; ``kind`` is the class of its colour."""

    label: str
    value: float
    interval: tuple[float, float] | None = None
    kind: str = "c0"

    @property
    def words(self) -> str:
        if self.interval is None:
            return f"{self.label} {self.value:.4g}"
        low, high = self.interval
        return f"{self.label} {self.value:.4g} ({low:.4g} to {high:.4g})"


def paired(bins: Sequence[Bin], *, of: str, names: tuple[str, str]) -> Html:
    """Bars of both distributions with their ``names``; ``of`` is the distributed column."""
    drawing = _rows([each.label for each in bins], across="share of rows, %", up=of)
    for place, kind in enumerate(CLASSES):
        shares = [100 * (each.after if place else each.before) for each in bins]
        rows = [number + 0.4 * place - 0.2 for number in range(len(bins))]
        drawing.axes.barh(rows, shares, height=0.36, color=colour_of(kind))
    shares_in_words = (f"{each.label} {each.before:.1%} and {each.after:.1%}" for each in bins)
    return drawing.to_html("; ".join([f"{of}: share of {names[0]} and of {names[1]}", *shares_in_words]))


def ranked(bars: Sequence[Bar], *, of: str) -> Html:
    """One bar below the other, with its interval; ``of`` names the values, with their unit."""
    drawing = _rows([each.label for each in bars], across=of, up="")
    for number, each in enumerate(bars):
        drawing.axes.barh(number, each.value, height=0.6, color=colour_of(each.kind))
        if each.interval is not None:
            drawing.axes.plot(each.interval, (number, number), color=colour_of("ink"), linewidth=1.3)
    drawing.axes.axvline(0, color=colour_of("base"), linewidth=0.8)
    return drawing.to_html("; ".join([of, *(each.words for each in bars)]))


def _rows(labels: Sequence[str], *, across: str, up: str) -> Drawing:
    drawing = Drawing(across=across, up=up, width=_WIDTH, height=_AXIS + _ROW * max(len(labels), 1))
    drawing.axes.grid(visible=False, axis="y")
    drawing.axes.grid(visible=True, axis="x")
    drawing.axes.set_yticks(range(len(labels)), [_short(label) for label in labels])
    drawing.axes.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    drawing.axes.tick_params(axis="y", length=0)
    return drawing


def _short(label: str) -> str:
    return plain(label if len(label) <= _MAX_LETTERS else label[: _MAX_LETTERS - 1] + "…")
