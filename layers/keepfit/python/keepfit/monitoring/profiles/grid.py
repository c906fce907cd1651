"""The fine grid of a column of numbers, for statistics that compare distribution functions."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.profiles.bins import NUMERIC_BINS
from keepfit.monitoring.profiles.ordered import Ordered

_HUNDREDTHS = np.arange(1, 100) / 100
_EVEN = 50
# Of the reference's spread: how far outside of it an edge is set, on both sides.
_OUTSIDE = 2.0 ** np.arange(-3, 5.5, 0.5)
# So many digits of the spread tell edges apart; more would be read and written for nothing.
_DIGITS = 4
_MOST_DIGITS = 200


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """Bins ``(-inf, e0], (e0, e1], ..., (en, inf)`` and the reference rows in each, without the missing.

    ``spread`` is the standard deviation of the reference, or its size where all numbers are one.
    """

    edges: list[float]
    counts: list[int]
    spread: float

    @classmethod
    def of(cls, ordered: Ordered, edges: list[float]) -> Grid | None:
        """A grid of a reference, which has ``edges`` and many more; None without a number.

        Hundredths bound the error of what lies between two edges as a share of rows, even steps as a distance.

        Args:
            ordered: the reference.
            edges: those of its coarse bins, which tell few different numbers apart.
        """
        values = ordered.values[np.isfinite(ordered.values)]
        if not len(values) or not edges:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            spread = float(np.std(values))
            if not 0 < spread < math.inf:
                spread = float(np.abs(values).max()) or 1.0
            outside = spread * _OUTSIDE
            found = np.concatenate([edges[0] - outside, edges[-1] + outside, _within(values)])
            digits = _DIGITS - math.floor(math.log10(spread))
            found = np.round(found, digits) if abs(digits) < _MOST_DIGITS else found
        fine = np.unique([*edges, *found[np.isfinite(found)]])
        return cls(edges=fine.tolist(), counts=ordered.count(fine).tolist(), spread=spread)

    def count(self, ordered: Ordered) -> NDArray[Any]:
        """(edges + 1,) rows of a window per bin."""
        return ordered.count(self.edges)


def _within(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges among many different numbers; few have bins around what 32 bits tell apart."""
    if np.count_nonzero(np.diff(values)) < NUMERIC_BINS:
        return values[:0]
    hundredths = np.quantile(values, _HUNDREDTHS, method="inverted_cdf")
    return np.concatenate([hundredths, np.linspace(values[0], values[-1], _EVEN)])
