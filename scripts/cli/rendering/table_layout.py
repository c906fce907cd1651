"""Fits tables to the width of the terminal, without cutting words as long as possible."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_ANY_WIDTH = 10_000


class Fitted:
    """A table in its full width, else with broken lines, else without frame, else row by row.

    Row by row, each value stands on a line of its own behind the name of its column.
    """

    def __init__(self, drawn: Table) -> None:
        self._drawn = drawn

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        drawn, wide = self._drawn, options.update(width=_ANY_WIDTH)
        for box, padding in ((drawn.box, drawn.padding), (SIMPLE_HEAD, 0)):
            drawn.box, drawn.padding = box, padding
            if self._fits(console, wide, options.max_width):
                yield drawn
                return
        yield from self._rows()

    def _fits(self, console: Console, wide: ConsoleOptions, room: int) -> bool:
        """Whether no word is too long for its column, whose width is then set."""
        drawn = self._drawn
        cells = [[column.header, *column.cells, column.footer] for column in drawn.columns]
        measured = [[Measurement.get(console, wide, cell) for cell in column if cell] for column in cells]
        least = [max((cell.minimum for cell in column), default=0) for column in measured]
        preferred = [max((cell.maximum for cell in column), default=0) for column in measured]
        frame = Measurement.get(console, wide, drawn).maximum - sum(preferred)
        widths = shared_out(least, preferred, room - frame)
        for column, width in zip(drawn.columns, widths or [], strict=bool(widths)):
            column.width = width
        return widths is not None

    def _rows(self) -> RenderResult:
        if self._drawn.title:
            yield Text(str(self._drawn.title), style="bold")
        for row in zip(*(column.cells for column in self._drawn.columns), strict=True):
            block = Table(box=None, show_header=False, pad_edge=False)
            block.add_column(style="dim", no_wrap=True)
            block.add_column(overflow="fold")
            for column, value in zip(self._drawn.columns, row, strict=True):
                block.add_row(Text(str(column.header)), value)
            yield block
            yield ""


def shared_out(least: Sequence[int], preferred: Sequence[int], room: int) -> list[int] | None:
    """Widths from ``least`` to ``preferred`` that fit ``room``; None where the least do not.

    What is left goes first to the columns that want the least more, so that few lines are broken.

    >>> shared_out([5, 8], [5, 30], 20), shared_out([5, 8], [6, 30], 50), shared_out([15, 8], [15, 30], 20)
    ([5, 15], [6, 30], None)
    """
    left = room - sum(least)
    if left < 0:
        return None
    widths = list(least)
    for place in sorted(range(len(widths)), key=lambda place: preferred[place] - least[place]):
        more = min(preferred[place] - least[place], left)
        widths[place] += more
        left -= more
    return widths
