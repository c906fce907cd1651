"""Values with intervals, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keepfit.pages.markup import Html
from keepfit.pages.plots.curves import Point
from keepfit.pages.plots.drawing import Drawing, colour_of, plain

_WIDTH, _ROW, _AXIS = 400.0, 26.0, 46.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A value and its interval; ``kind`` is the class of its colour."""

    name: str
    kind: str
    value: float
    interval: Point

    @property
    def words(self) -> str:
        low, high = self.interval
        return f"{self.name}: {self.value:.4f} ({low:.4f} to {high:.4f})"


def intervals(marks: Sequence[Mark], *, of: str, limit: float | None = None) -> Html:
    """One row per mark: its name, its interval as a bar, its value as a dot.

    Args:
        marks: from above to below.
        of: names the values.
        limit: a value that all are compared with, drawn down through the rows.
    """
    drawing = Drawing(across=of, up="", width=_WIDTH, height=_AXIS + _ROW * max(len(marks), 1))
    axes = drawing.axes
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    for number, mark in enumerate(marks):
        axes.plot(mark.interval, (number, number), color=colour_of(mark.kind), solid_capstyle="round")
        axes.plot([mark.value], [number], color=colour_of(mark.kind), marker="o", markersize=7)
    if limit is not None:
        axes.axvline(limit, color=colour_of("base"), linewidth=1.2, linestyle=(0, (4, 3)))
    axes.set_yticks(range(len(marks)), [plain(mark.name) for mark in marks])
    axes.set_ylim(len(marks) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    return drawing.to_html("; ".join([of, *(mark.words for mark in marks)]))
