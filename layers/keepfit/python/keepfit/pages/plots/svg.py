"""The drawing primitives of plots: a plane, and marks on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from keepfit.pages.markup import Html, Inside, element

Point = tuple[float, float]

# At this size the letters of a plot are as large as those around it.
_MAX_SCALE = 1.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """A rectangle in pixels, (left, top) to (right, bottom), for ranges ``across`` and ``up``."""

    left: float
    top: float
    right: float
    bottom: float
    across: Point
    up: Point

    def x(self, value: float) -> float:
        """The horizontal position of ``value``."""
        return self.left + (self.right - self.left) * _share(value, self.across)

    def y(self, value: float) -> float:
        """The vertical position of ``value``; upwards is less."""
        return self.bottom - (self.bottom - self.top) * _share(value, self.up)

    def at(self, point: Point) -> Point:
        return self.x(point[0]), self.y(point[1])


def ticks(span: Point, count: int = 5) -> list[float]:
    """``count`` values evenly from one end of ``span`` to the other.

    >>> ticks((0.0, 1.0))
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    low, high = span
    return [low + (high - low) * step / (count - 1) for step in range(count)]


def drawing(width: float, height: float, description: str, inside: Iterable[str]) -> Html:
    """An image of ``width`` by ``height`` pixels, which shrinks with the page.

    ``description`` says in words what it shows.
    """
    return element(
        "svg",
        inside,
        viewBox=f"0 0 {width:g} {height:g}",
        style=f"max-width: {_MAX_SCALE * width:g}px",
        role="img",
        aria_label=description,
    )


def text(x: float, y: float, words: str, anchor: str) -> Html:
    """``words`` that begin at (``start``), end at (``end``) or surround (``middle``) a place."""
    return element("text", words, x=x, y=y, text_anchor=anchor)


def line(points: Sequence[Point], kind: str = "line") -> Html:
    """A line through ``points`` in pixels."""
    return element("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_=kind)


def dot(x: float, y: float, note: str | None = None, radius: float = 4) -> Html:
    """A dot with the tooltip ``note``."""
    return element("circle", _title(note), cx=x, cy=y, r=radius, class_="dot")


def bar(x: float, y: float, width: float, height: float, note: str | None = None) -> Html:
    """A bar with the tooltip ``note``."""
    return element("rect", _title(note), x=x, y=y, width=width, height=height, class_="bar")


def group(kind: str, name: str | None, *inside: Inside) -> Html:
    """Marks of one colour with their name."""
    return element("g", _title(name), *inside, class_=kind)


def _title(words: str | None) -> Html | None:
    return None if words is None else element("title", words)


def _share(value: float, span: Point) -> float:
    low, high = span
    return (value - low) / ((high - low) or 1.0)
