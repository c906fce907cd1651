"""A graph in layers: columns of named boxes, and curves from what was there to what was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from keepfit.pages.markup import Html
from keepfit.pages.plots.drawing import Drawing, colour_of, plain

_COLUMN: Final = 210.0
_ROW: Final = 46.0
_BOX_WIDTH, _BOX_HEIGHT = 0.74, 0.66
"""Of a column and of a row."""
_MAX_LETTERS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box of a layer; ``kind`` is the colour's class, and a ``strong`` one is filled."""

    id: str
    layer: int
    name: str
    says: str
    kind: str
    strong: bool = False


def layers(
    titles: Sequence[str], boxes: Sequence[Box], edges: Sequence[tuple[str, str]], *, words: str
) -> Html:
    """The graph, the first layer at the left; boxes of a layer stand in the order given.

    Args:
        titles: of the layers.
        boxes: in any order of layers.
        edges: ids of boxes, from and to; within a layer a curve bends around.
        words: what the picture shows, for who cannot see it.
    """
    rows = [[box for box in boxes if box.layer == layer] for layer in range(len(titles))]
    height = max((len(each) for each in rows), default=0) + 1
    drawing = Drawing(across="", up="", width=_COLUMN * len(titles), height=_ROW * (height + 0.5))
    axes = drawing.axes
    axes.set_axis_off()
    axes.set_xlim(-0.05, len(titles))
    axes.set_ylim(height, -0.5)
    places = {
        box.id: (float(layer), row + 1 + (height - 1 - len(each)) / 2)
        for layer, each in enumerate(rows)
        for row, box in enumerate(each)
    }
    for layer, title in enumerate(titles):
        axes.text(layer, 0, plain(title), color=colour_of("base"), va="center")
    for source, target in edges:
        axes.add_patch(_curve(places[source], places[target]))
    for box in boxes:
        _draw(drawing, box, places[box.id])
    return drawing.to_html(words)


def _curve(source: tuple[float, float], target: tuple[float, float]) -> PathPatch:
    (left, up), (right, down) = source, target
    if left == right:  # one after another, at the right of both
        start, end, bend = (left + _BOX_WIDTH, up), (right + _BOX_WIDTH, down), 0.14
        points = [start, (start[0] + bend, up), (end[0] + bend, down), end]
    else:
        start, half = (left + _BOX_WIDTH, up), (right - left - _BOX_WIDTH) / 2
        points = [start, (start[0] + half, up), (right - half, down), (right, down)]
    path = Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    return PathPatch(path, facecolor="none", edgecolor=colour_of("grid"), linewidth=1.3)


def _draw(drawing: Drawing, box: Box, place: tuple[float, float]) -> None:
    left, middle = place
    drawing.axes.add_patch(
        FancyBboxPatch(
            (left, middle - _BOX_HEIGHT / 2),
            _BOX_WIDTH,
            _BOX_HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.03",
            mutation_aspect=3,
            facecolor=colour_of("page"),
            edgecolor=colour_of(box.kind),
            linewidth=2.4 if box.strong else 1.2,
        )
    )
    for text, lift, colour in ((box.name, -0.13, "ink"), (box.says, 0.17, "base")):
        drawing.axes.text(
            left + 0.03, middle + lift, plain(_short(text)), color=colour_of(colour), va="center"
        )


def _short(text: str) -> str:
    """The end of a long name says more than its beginning."""
    return text if len(text) <= _MAX_LETTERS else f"…{text[1 - _MAX_LETTERS :]}"
