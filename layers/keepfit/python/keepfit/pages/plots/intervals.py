"""Values with intervals, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keepfit.pages.markup import Html
from keepfit.pages.plots.svg import Plane, Point, dot, drawing, group, line, text

_WIDTH, _ROW = 480, 28
_NAMES, _FIGURES = 150, 64


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


def intervals(marks: Sequence[Mark], *, of: str) -> Html:
    """One row per mark: its name, its interval as a bar, its value as a dot and a figure.

    ``of`` names the marks.
    """
    span = (min(mark.interval[0] for mark in marks), max(mark.interval[1] for mark in marks))
    plane = Plane(left=_NAMES, top=0, right=_WIDTH - _FIGURES, bottom=0, across=span, up=(0.0, 1.0))
    rows = (_row(mark, plane, _ROW * (number + 0.5)) for number, mark in enumerate(marks))
    description = "; ".join([of, *(mark.words for mark in marks)])
    return drawing(_WIDTH, _ROW * len(marks), description, rows)


def _row(mark: Mark, plane: Plane, y: float) -> Html:
    return group(
        mark.kind,
        mark.words,
        text(_NAMES - 12, y + 4, mark.name, "end"),
        line([(plane.x(end), y) for end in mark.interval]),
        dot(plane.x(mark.value), y, radius=5),
        text(_WIDTH - 2, y + 4, f"{mark.value:.4f}", "end"),
    )
