"""Lines over named steps, such as months."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from keepfit.pages.markup import Html, joined
from keepfit.pages.page import keys
from keepfit.pages.plots.svg import Plane, Point, dot, drawing, group, line, text, ticks

_WIDTH, _HEIGHT = 500, 230
_MAX_LABELS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One value per step; ``kind`` is the colour's class, ``notes`` the tooltips of steps."""

    name: str
    kind: str
    values: Sequence[float]
    notes: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A value that lines should not reach."""

    name: str
    value: float


def over_steps(
    steps: Sequence[str],
    lines: Sequence[Line],
    *,
    of: str,
    span: Point,
    limit: Limit | None = None,
    digits: int = 2,
) -> Html:
    """Lines through one value per step, above the steps' names.

    Args:
        steps: their names; where there are many, some are shown.
        lines: each with as many values as there are steps.
        of: what the values are.
        span: (low, high) of the axis upwards.
        limit: drawn across.
        digits: of values, behind the point.
    """
    plane = Plane(
        left=52, top=10, right=_WIDTH - 6, bottom=_HEIGHT - 30, across=(-0.5, len(steps) - 0.5), up=span
    )
    every = math.ceil(len(steps) / _MAX_LABELS)
    inside = (
        *(mark for tick in ticks(span) for mark in _tick(plane, tick, digits)),
        *(
            text(plane.x(place), plane.bottom + 20, steps[place], "middle")
            for place in range(0, len(steps), every)
        ),
        *([_limit(plane, limit)] if limit else []),
        *(_drawn(each, plane) for each in lines),
    )
    description = [of, *(_words(steps, each, digits) for each in lines)]
    names = [(each.name, each.kind) for each in lines]
    if limit:
        description.append(f"{limit.name}: {limit.value:.{digits}f}")
        names.append((limit.name, "bad"))
    return joined(keys(names), drawing(_WIDTH, _HEIGHT, "; ".join(description), inside))


def _tick(plane: Plane, tick: float, digits: int) -> tuple[Html, Html]:
    y = plane.y(tick)
    return (
        line([(plane.left, y), (plane.right, y)], "grid-line"),
        text(plane.left - 8, y + 4, f"{tick:.{digits}f}", "end"),
    )


def _limit(plane: Plane, limit: Limit) -> Html:
    y = plane.y(limit.value)
    return group("bad", limit.name, line([(plane.left, y), (plane.right, y)], "limit"))


def _drawn(each: Line, plane: Plane) -> Html:
    places = [plane.at((step, value)) for step, value in enumerate(each.values)]
    dots = [dot(*places[step], note, 5) for step, note in each.notes.items()]
    return group(each.kind, each.name, line(places), group("bad", None, dots) if dots else None)


def _words(steps: Sequence[str], each: Line, digits: int) -> str:
    return f"{each.name}: " + ", ".join(
        f"{step} {value:.{digits}f}" + (f" ({each.notes[place]})" if place in each.notes else "")
        for place, (step, value) in enumerate(zip(steps, each.values, strict=True))
    )
