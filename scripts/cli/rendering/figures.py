"""Figures of an evaluation, drawn: lines of one title share a plot, a matrix stands alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keepfit.evaluation.results import Figure, Line, Matrix, Point
from keepfit.pages.markup import Html, element
from keepfit.pages.page import details, figure, keys, table
from keepfit.pages.plots.curves import Curve, over_plane

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
        spans = _spans([line for _, line in lines])
        plot = over_plane(
            [_curve(each, line) for each, line in lines],
            across=first.across,
            up=first.up,
            spans=spans,
            ideal=_ideal(first, spans),
        )
        yield figure(title, plot, _behind(lines))


def _spans(lines: Sequence[Line]) -> tuple[Point, Point]:
    """(low, high) of both axes; the same for both where they are compared with the diagonal."""
    points = [point for line in lines for point in line.points]
    across, up = ([point[axis] for point in points] for axis in (0, 1))
    if lines[0].ideal == "diagonal":
        both = _around([*across, *up])
        return both, both
    return _around(across), _around([*up, 0.0])


def _around(values: Sequence[float]) -> Point:
    """(low, high) of the values; from 0 where that is near, and wide enough to be drawn."""
    low, high = min(values), max(values)
    if 0 < low < high / 2:
        low = 0.0
    return (low, high) if high > low else (low, low + 1.0)


def _ideal(line: Line, spans: tuple[Point, Point]) -> list[Point]:
    (left, right), _ = spans
    return [(left, left), (right, right)] if line.ideal == "diagonal" else [(left, 0.0), (right, 0.0)]


def _curve(each: Drawn, line: Line) -> Curve:
    notes = [
        f"{each.name}: {rows} rows, {x} {line.terms[0]}, {y} {line.terms[1]}" for x, y, rows in _told(line)
    ]
    return Curve(name=each.name, kind=each.kind, points=line.points, notes=notes)


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
                head = [f"{matrix.down} \\ {matrix.across}", *matrix.names]
                rows = [
                    [name, *(f"{count:,}" for count in cells)]
                    for name, cells in zip(matrix.names, matrix.cells, strict=True)
                ]
                yield figure(f"{matrix.title}, {each.name}", table(head, rows, numeric=matrix.names))
