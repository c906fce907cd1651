"""Lines over named steps, such as months."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from keepfit.pages.markup import Html, joined
from keepfit.pages.page import keys
from keepfit.pages.plots.curves import Point
from keepfit.pages.plots.drawing import Drawing, colour_of, plain

_WIDTH, _HEIGHT = 480.0, 250.0
_MAX_LABELS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One value per step; ``kind`` is the colour's class, ``notes`` the dots of steps."""

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
    across: str,
    of: str,
    span: Point,
    limit: Limit | None = None,
    digits: int = 2,
) -> Html:
    """Lines through one value per step, above the steps' names.

    Args:
        steps: their names; where there are many, some are shown.
        lines: each with as many values as there are steps.
        across: what the steps are.
        of: what the values are.
        span: (low, high) of the axis upwards.
        limit: drawn across.
        digits: of values in words, behind the point.
    """
    drawing = Drawing(across=across, up=of, width=_WIDTH, height=_HEIGHT)
    axes = drawing.axes
    for each in lines:
        axes.plot(range(len(each.values)), each.values, color=colour_of(each.kind))
        noted = list(each.notes)
        axes.plot(
            noted, [each.values[step] for step in noted], color=colour_of("bad"), marker="o", linestyle=""
        )
    if limit:
        axes.axhline(limit.value, color=colour_of("bad"), linewidth=1.2, linestyle=(0, (4, 3)))
    every = math.ceil(len(steps) / _MAX_LABELS)
    axes.set_xticks(range(0, len(steps), every), [plain(step) for step in steps[::every]])
    axes.set_xlim(-0.5, len(steps) - 0.5)
    axes.set_ylim(*span)
    description = [of, *(_words(steps, each, digits) for each in lines)]
    names = [(each.name, each.kind) for each in lines]
    if limit:
        description.append(f"{limit.name}: {limit.value:.{digits}f}")
        names.append((limit.name, "bad"))
    return joined(keys(names), drawing.to_html("; ".join(description)))


def _words(steps: Sequence[str], each: Line, digits: int) -> str:
    return f"{each.name}: " + ", ".join(
        f"{step} {value:.{digits}f}" + (f" ({each.notes[place]})" if place in each.notes else "")
        for place, (step, value) in enumerate(zip(steps, each.values, strict=True))
    )
