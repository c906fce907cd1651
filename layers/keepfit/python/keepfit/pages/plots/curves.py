"""Curves over a plane, with the line that they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from keepfit.pages.markup import Html
from keepfit.pages.plots.drawing import Drawing, colour_of

Point = tuple[float, float]
Ideal = Literal["diagonal", "zero", "none"]

_LARGE = 10_000
_MAX_WORDED = 5
_MAX_DOTS = 40
_MARGIN = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points from left to right; ``kind`` is the colour's class, ``band`` the interval of each."""

    name: str
    kind: str
    points: Sequence[Point]
    band: Sequence[Point] = ()
    dots: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A place on the axis to the right, such as a threshold."""

    name: str
    at: float


def over_plane(
    curves: Sequence[Curve],
    *,
    across: str,
    up: str,
    ideal: Ideal = "none",
    marked: Marked | None = None,
) -> Html:
    """Curves over a plane, whose axes are named.

    Args:
        curves: what is drawn.
        across: the name of the axis to the right, with its unit.
        up: the name of the other.
        ideal: the line that they are compared with: the diagonal, or 0 above.
        marked: a place on the axis to the right.
    """
    drawing = Drawing(across=across, up=up)
    axes = drawing.axes
    (left, right), (low, high) = _spans(curves, ideal)
    if ideal != "none":
        ends = (left, right) if ideal == "diagonal" else (0.0, 0.0)
        axes.plot((left, right), ends, color=colour_of("base"), linewidth=1.2, linestyle=(0, (4, 3)))
    if marked is not None:
        axes.axvline(marked.at, color=colour_of("base"), linewidth=1.2, linestyle=(0, (4, 3)))
    for curve in curves:
        _draw(drawing, curve)
    axes.set_xlim(*_widened(left, right))
    axes.set_ylim(*_widened(low, high))
    words = [f"{up} by {across}", *map(_words, curves)]
    if marked is not None:
        words.append(f"{marked.name}: {short(marked.at)}")
    return drawing.to_html("; ".join(words))


def _draw(drawing: Drawing, curve: Curve) -> None:
    x, y = ([point[axis] for point in curve.points] for axis in (0, 1))
    colour = colour_of(curve.kind)
    marker = "o" if curve.dots and len(x) <= _MAX_DOTS else ""
    drawing.axes.plot(x, y, color=colour, marker=marker, markersize=4.5, clip_on=False)
    if curve.band:
        low, high = ([ends[place] for ends in curve.band] for place in (0, 1))
        drawing.axes.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)


def _spans(curves: Sequence[Curve], ideal: Ideal) -> tuple[Point, Point]:
    """(low, high) of both axes; the same for both where they are compared with the diagonal."""
    points = [point for curve in curves for point in curve.points]
    across = _around([point[0] for point in points])
    heights = [point[1] for point in points] + [
        end for curve in curves for ends in curve.band for end in ends
    ]
    if ideal == "diagonal":
        both = _around([*(point[0] for point in points), *heights])
        return both, both
    return across, _around([*heights, 0.0] if ideal == "zero" else heights)


def _around(values: Sequence[float]) -> Point:
    """(low, high) of the values; from 0 where that is near, and wide enough to be drawn."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if 0 < low < high / 2:
        low = 0.0
    return (low, high) if high > low else (low, low + 1.0)


def _widened(low: float, high: float) -> Point:
    margin = _MARGIN * (high - low)
    return low - margin, high + margin


def short(number: float) -> str:
    """A number in words.

    >>> [short(number) for number in (0.5, 12.34, -1234567.0)]
    ['0.50', '12.34', '-1.235e+06']
    """
    return f"{number:.2f}" if abs(number) < _LARGE else f"{number:.4g}"


def _words(curve: Curve) -> str:
    """Some points of a curve in words, its ends among them."""
    last = len(curve.points) - 1
    chosen = (
        sorted({round(last * step / (_MAX_WORDED - 1)) for step in range(_MAX_WORDED)}) if last >= 0 else []
    )
    return f"{curve.name}: " + ", ".join(
        f"{short(curve.points[place][1])} at {short(curve.points[place][0])}" for place in chosen
    )
