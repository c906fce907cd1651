"""Plots as SVG, for pages that hold everything they need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]

_LEFT, _TOP, _RIGHT, _BOTTOM = 44, 10, 12, 40
_TICKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line; ``kind`` is the class that the page's style gives a colour, ``notes`` what each point tells."""

    name: str
    kind: str
    points: Sequence[Point]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A value with an interval, one to a row; ``kind`` as in ``Series``."""

    name: str
    kind: str
    value: float
    interval: tuple[float, float]


def square(series: Iterable[Series], *, across: str, up: str, high: float = 1.0, side: int = 320) -> str:
    """Lines over [0, ``high``] both ways with the diagonal between; ``across`` and ``up`` name the axes."""
    wide = side - _LEFT - _RIGHT
    tall = side - _TOP - _BOTTOM

    def place(point: Point) -> Point:
        return _LEFT + point[0] / high * wide, _TOP + (1 - point[1] / high) * tall

    ticks = [high * step / (_TICKS - 1) for step in range(_TICKS)]
    inside = (
        *(_tick_across(place((tick, 0.0)), f"{tick:.2f}") for tick in ticks),
        *(_tick_up(place((0.0, tick)), f"{tick:.2f}") for tick in ticks),
        _path([place((0.0, 0.0)), place((high, high))], "diagonal"),
        *(_drawn(one, [place(point) for point in one.points]) for one in series),
        _text((_LEFT + wide / 2, side - 4), across, "middle"),
        f'<g transform="translate(10 {_TOP + tall / 2}) rotate(-90)">{_text((0, 0), up, "middle")}</g>',
    )
    return _svg(side, side, f"{up} by {across}", inside)


def intervals(marks: Sequence[Mark], *, of: str, width: int = 700) -> str:
    """One row for each mark: its name, its interval as a bar, its value as a dot and in figures."""
    names, figures, row = 180, 70, 26
    low = min(mark.interval[0] for mark in marks)
    high = max(mark.interval[1] for mark in marks)
    scale = (width - names - figures) / max(high - low, 1e-9)

    def drawn(number: int, mark: Mark) -> str:
        y = row * number + row / 2
        start, value, end = (
            names + (at - low) * scale for at in (mark.interval[0], mark.value, mark.interval[1])
        )
        told = f"{mark.name}: {mark.value:.4f} ({mark.interval[0]:.4f} to {mark.interval[1]:.4f})"
        return (
            f'<g class="{mark.kind}"><title>{escape(told)}</title>{_text((names - 12, y + 4), mark.name, "end")}'
            f'<line x1="{start:.1f}" x2="{end:.1f}" y1="{y}" y2="{y}"/>'
            f'<circle cx="{value:.1f}" cy="{y}" r="5"/>{_text((width - 4, y + 4), f"{mark.value:.4f}", "end")}</g>'
        )

    return _svg(width, row * len(marks), of, (drawn(number, mark) for number, mark in enumerate(marks)))


def _drawn(series: Series, places: Sequence[Point]) -> str:
    dots = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5"><title>{escape(note)}</title></circle>'
        for (x, y), note in zip(places, series.notes, strict=False)
    )
    title = f"<title>{escape(series.name)}</title>"
    return f'<g class="{series.kind}">{title}{_path(places, "line")}{"".join(dots)}</g>'


def _path(places: Sequence[Point], kind: str) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline class="{kind}" points="{points}" fill="none"/>'


def _tick_across(place: Point, label: str) -> str:
    return _text((place[0], place[1] + 16), label, "middle")


def _tick_up(place: Point, label: str) -> str:
    return _text((place[0] - 6, place[1] + 4), label, "end")


def _text(place: Point, words: str, anchor: str) -> str:
    return f'<text x="{place[0]:.1f}" y="{place[1]:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(width: float, height: float, label: str, inside: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" style="max-width:{width}px" role="img" '
        f'aria-label="{escape(label)}">{"".join(inside)}</svg>'
    )
