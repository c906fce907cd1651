"""Values over time, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from matplotlib.ticker import MaxNLocator

from keepfit.pages.markup import Html
from keepfit.pages.plots.curves import Point
from keepfit.pages.plots.drawing import colour_of
from keepfit.pages.plots.time_axis import Moment, Span, TimeDrawing, number_of

_HEIGHT: Final = 170.0
_MAX_TICKS: Final = 5
_MAX_DOTS: Final = 60
_MARGIN: Final = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values at instants, oldest first; ``band`` has their intervals, ``dashed`` ones are estimates."""

    name: str
    kind: str
    points: Sequence[tuple[datetime, float]]
    band: Sequence[Point] = ()
    dashed: bool = False

    @property
    def words(self) -> str:
        """Its ends, least and greatest."""
        if not self.points:
            return f"{self.name}: none"
        values = [value for _, value in self.points]
        return (
            f"{self.name}: {len(values)} values, first {values[0]:.4g}, last {values[-1]:.4g}, "
            f"least {min(values):.4g}, greatest {max(values):.4g}"
        )


def over_time(series: Sequence[Series], span: Span, *, up: str, moments: Sequence[Moment] = ()) -> Html:
    """The series; ``up`` names the values."""
    drawing = TimeDrawing(span, up=up, height=_HEIGHT, moments=moments)
    drawing.axes.yaxis.set_major_locator(MaxNLocator(_MAX_TICKS))
    for each in series:
        _draw(drawing, each)
    drawing.axes.set_ylim(*_heights(series))
    return drawing.to_html("; ".join([f"{up} over time", *(each.words for each in series)]))


def _draw(drawing: TimeDrawing, series: Series) -> None:
    at = [number_of(instant) for instant, _ in series.points]
    colour = colour_of(series.kind)
    drawing.axes.plot(
        at,
        [value for _, value in series.points],
        color=colour,
        linewidth=1.4 if series.dashed else 2.0,
        linestyle=(0, (4, 2)) if series.dashed else "-",
        marker="" if (series.dashed and len(at) > 1) or len(at) > _MAX_DOTS else "o",
        markersize=4,
    )
    if not series.band:
        return
    low, high = ([ends[place] for ends in series.band] for place in (0, 1))
    drawing.axes.fill_between(at, low, high, color=colour, alpha=0.16, linewidth=0)
    if len(at) == 1:  # an area has no width there
        drawing.axes.plot(at * 2, [low[0], high[0]], color=colour, linewidth=1.4)


def _heights(series: Sequence[Series]) -> Point:
    values = [value for each in series for _, value in each.points]
    values += [end for each in series for ends in each.band for end in ends]
    low, high = min(values, default=0.0), max(values, default=1.0)
    margin = _MARGIN * (high - low) or 0.5
    return low - margin, high + margin
