"""A matrix of counts as squares, the darker the larger a share of their row they are."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.patches import Rectangle

from keepfit.pages.markup import Html
from keepfit.pages.plots.drawing import Drawing, colour_of, plain

_MAX_WRITTEN = 8
_SIDE = 380.0


def squares(
    names: Sequence[str], cells: Sequence[Sequence[int]], *, across: str, down: str, kind: str
) -> Html:
    """Squares of (down, across) counts; the counts are written in them where there is room."""
    drawing = Drawing(across=across, up=down, width=_SIDE, height=_SIDE)
    axes, count = drawing.axes, len(names)
    axes.grid(visible=False)
    for row, counts in enumerate(cells):
        total = sum(counts) or 1
        for column, number in enumerate(counts):
            place, shade = (column - 0.48, row - 0.48), 0.08 + 0.6 * number / total
            axes.add_patch(Rectangle(place, 0.96, 0.96, color=colour_of(kind), alpha=shade))
            if count <= _MAX_WRITTEN:
                axes.text(column, row, f"{number:,}", ha="center", va="center", color=colour_of("ink"))
    shown = [plain(name) for name in names]
    axes.set_xticks(range(count), shown, rotation=90 if count > _MAX_WRITTEN else 0)
    axes.set_yticks(range(count), shown)
    axes.set_xlim(-0.5, count - 0.5)
    axes.set_ylim(count - 0.5, -0.5)
    words = (
        f"{down} {name}: "
        + ", ".join(f"{other} {number:,}" for other, number in zip(names, counts, strict=True))
        for name, counts in zip(names, cells, strict=True)
    )
    return drawing.to_html("; ".join([f"{down} by {across}", *words]))
