"""Curves in a square with the diagonal: ROC curves, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keepfit.pages.markup import Html, element
from keepfit.pages.plots.svg import Plane, Point, dot, drawing, group, line, text, ticks

_SIDE = 350
_MAX_WORDED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points from left to right; ``kind`` is the colour's class, ``notes`` the points' tooltips."""

    name: str
    kind: str
    points: Sequence[Point]
    notes: Sequence[str] = ()


def square(curves: Sequence[Curve], *, across: str, up: str, high: float = 1.0) -> Html:
    """Curves over [0, ``high``] both ways; ``across`` and ``up`` name the axes."""
    span = (0.0, high)
    plane = Plane(left=62, top=10, right=_SIDE - 14, bottom=_SIDE - 42, across=span, up=span)
    inside = (
        *(text(plane.x(tick), plane.bottom + 17, f"{tick:.2f}", "middle") for tick in ticks(span)),
        *(text(plane.left - 7, plane.y(tick) + 4, f"{tick:.2f}", "end") for tick in ticks(span)),
        line([plane.at((0.0, 0.0)), plane.at((high, high))], "limit"),
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
        f"{curve.points[place][1]:.2f} at {curve.points[place][0]:.2f}" for place in chosen
    )
