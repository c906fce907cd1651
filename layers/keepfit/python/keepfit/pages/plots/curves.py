"""Curves over a plane, with the line that they are compared with: ROC curves, calibration, residuals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keepfit.pages.markup import Html, element
from keepfit.pages.plots.svg import Plane, Point, dot, drawing, group, line, text, ticks

_LARGE = 10_000
_MAX_WORDED = 5
_SIDE = 350


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points from left to right; ``kind`` is the colour's class, ``notes`` the points' tooltips."""

    name: str
    kind: str
    points: Sequence[Point]
    notes: Sequence[str] = ()


def square(curves: Sequence[Curve], *, across: str, up: str, high: float = 1.0) -> Html:
    """Curves over [0, ``high``] both ways with the diagonal between; ``across`` and ``up`` name the axes."""
    ends = [(0.0, 0.0), (high, high)]
    return over_plane(curves, across=across, up=up, spans=((0.0, high), (0.0, high)), ideal=ends)


def over_plane(
    curves: Sequence[Curve], *, across: str, up: str, spans: tuple[Point, Point], ideal: Sequence[Point]
) -> Html:
    """Curves over a plane.

    Args:
        curves: what is drawn.
        across: the name of the axis to the right.
        up: the name of the other.
        spans: (low, high) of both, in this order.
        ideal: the line that they are compared with.
    """
    plane = Plane(left=62, top=10, right=_SIDE - 14, bottom=_SIDE - 42, across=spans[0], up=spans[1])
    inside = (
        *(text(plane.x(tick), plane.bottom + 17, short(tick), "middle") for tick in ticks(spans[0])),
        *(text(plane.left - 7, plane.y(tick) + 4, short(tick), "end") for tick in ticks(spans[1])),
        line([plane.at(point) for point in ideal], "limit"),
        *(_drawn(curve, plane) for curve in curves),
        text((plane.left + plane.right) / 2, _SIDE - 5, across, "middle"),
        element(
            "g",
            text(0, 0, up, "middle"),
            transform=f"translate(11 {(plane.top + plane.bottom) / 2:.1f}) rotate(-90)",
        ),
    )
    description = "; ".join([f"{up} by {across}", *map(_words, curves)])
    return drawing(_SIDE, _SIDE, description, inside)


def short(number: float) -> str:
    """A number beside an axis.

    >>> [short(number) for number in (0.5, 12.34, -1234567.0)]
    ['0.50', '12.34', '-1.235e+06']
    """
    return f"{number:.2f}" if abs(number) < _LARGE else f"{number:.4g}"


def _drawn(curve: Curve, plane: Plane) -> Html:
    places = [plane.at(point) for point in curve.points]
    dots = [dot(x, y, note, 3.5) for (x, y), note in zip(places, curve.notes, strict=False)]
    return group(curve.kind, curve.name, line(places), dots)


def _words(curve: Curve) -> str:
    """Some points of a curve in words, its ends among them."""
    last = len(curve.points) - 1
    chosen = (
        sorted({round(last * step / (_MAX_WORDED - 1)) for step in range(_MAX_WORDED)}) if last >= 0 else []
    )
    return f"{curve.name}: " + ", ".join(
        f"{short(curve.points[place][1])} at {short(curve.points[place][0])}" for place in chosen
    )
