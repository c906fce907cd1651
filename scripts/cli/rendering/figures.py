"""Figures of an evaluation, drawn: lines of one title share a plot, a matrix has its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keepfit.evaluation.results import Figure, Line, Matrix
from keepfit.pages.markup import Html, element
from keepfit.pages.page import details, figure, keys, table
from keepfit.pages.plots.curves import Curve, over_plane
from keepfit.pages.plots.matrix import squares

_LARGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A model by name, the class of its colour, and its figures."""

    name: str
    kind: str
    figures: Sequence[Figure]


def drawn_figures(everyone: Sequence[Drawn]) -> Html | None:
    """The figures of all models side by side; None where no model has any."""
    shown = [each for each in everyone if each.figures]
    if not shown:
        return None
    return element(
        "section",
        keys((each.name, each.kind) for each in shown),
        element("div", *_plots(shown), *_matrices(shown), class_="grid"),
    )


def _plots(everyone: Sequence[Drawn]) -> Iterator[Html]:
    by_title: dict[str, list[tuple[Drawn, Line]]] = {}
    for each in everyone:
        for line in each.figures:
            if isinstance(line, Line):
                by_title.setdefault(line.title, []).append((each, line))
    for title, lines in by_title.items():
        first = lines[0][1]
        plot = over_plane(
            [_curve(each, line) for each, line in lines], across=first.across, up=first.up, ideal=first.ideal
        )
        yield figure(title, plot, _behind(lines))


def _curve(each: Drawn, line: Line) -> Curve:
    return Curve(name=each.name, kind=each.kind, points=line.points, dots=bool(line.rows))


def _told(line: Line) -> list[tuple[str, str, str]]:
    """Both coordinates of each point, and its rows."""
    return [
        (_number(x), _number(y), f"{rows:,}") for (x, y), rows in zip(line.points, line.rows, strict=False)
    ]


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < _LARGE else f"{value:,.6g}"


def _behind(lines: Sequence[tuple[Drawn, Line]]) -> Html | None:
    """The figures behind the points, as a table."""
    rows = [(each.name, *told) for each, line in lines for told in _told(line)]
    numeric = [*lines[0][1].terms, "rows"]
    return details("Figures", table(["candidate", *numeric], rows, numeric=numeric)) if rows else None


def _matrices(everyone: Sequence[Drawn]) -> Iterator[Html]:
    for each in everyone:
        for matrix in each.figures:
            if isinstance(matrix, Matrix):
                plot = squares(
                    matrix.names, matrix.cells, across=matrix.across, down=matrix.down, kind=each.kind
                )
                head = [f"{matrix.down} \\ {matrix.across}", *matrix.names]
                rows = [
                    [name, *(f"{count:,}" for count in cells)]
                    for name, cells in zip(matrix.names, matrix.cells, strict=True)
                ]
                behind = details("Figures", table(head, rows, numeric=matrix.names))
                yield figure(f"{matrix.title}, {each.name}", plot, behind)
