"""How a drift statistic is distributed where nothing drifts, kept in a few numbers."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import msgspec
import numpy as np
from numpy.typing import NDArray

# Of a chi-square with one degree of freedom, over its mean.
_LEAST_DEVIATION, _LEAST_SKEWNESS = sqrt(2), sqrt(8)


class NullDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """The ``power``-th power of a statistic without drift: its moments, by the rows of a window.

    Args:
        power: that which makes the statistic about a sum of squares.
        blocks: of how many blocks of the reference it was resampled.
        reference_rows: of the reference.
        rows: (sizes,) of windows, ascending.
        mean: (sizes,).
        deviation: (sizes,).
        skewness: (sizes,).
        least: (sizes,) the mean of the power for a column of two values, below whose threshold none goes: resampled
            rows never have what the reference happened to miss.
    """

    power: int
    blocks: int
    reference_rows: int
    rows: list[int]
    mean: list[float]
    deviation: list[float]
    skewness: list[float]
    least: list[float]

    def threshold(self, rows: int, alpha: float, *, compared_with: int | None = None) -> float:
        """The value exceeded with probability ``alpha`` in a window of ``rows`` rows without drift.

        ``compared_with`` is how many rows of the reference it is compared with, all where left out; of fewer, as those
        of one phase of a season, both sides together differ by as much more as 1 / n + 1 / m grows.
        Between two sizes it is drawn straight on logarithmic axes; below the least, a square is as one over the rows;
        beyond the largest, which is all that the reference has of a window's time, it is that of the largest.
        """
        normal, least = -NormalDist().inv_cdf(alpha), np.array(self.least)
        known = _student(normal, max(1, self.blocks - 1))
        own = _exceeded(known, *map(np.array, (self.mean, self.deviation, self.skewness)))
        floor = _exceeded(normal, least, _LEAST_DEVIATION * least, np.full(len(least), _LEAST_SKEWNESS))
        at_sizes = np.log(np.maximum(own, floor))
        found = float(np.exp(np.interp(np.log(rows), np.log(self.rows), at_sizes)))
        fewer = 1 / min(self.reference_rows, compared_with or self.reference_rows)
        one = 1 / min(rows, self.rows[-1])
        found *= (fewer + one) / (1 / self.reference_rows + one)
        return float((found * max(1.0, self.rows[0] / rows)) ** (1 / self.power))


def _student(normal: float, freedom: int) -> float:
    """The quantile of Student's t where that of a normal is ``normal``.

    The spread that few blocks show is itself unsure.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.5.
    """
    z, n = normal, freedom
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )


def _exceeded(
    normal: float, mean: NDArray[np.float64], deviation: NDArray[np.float64], skewness: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The quantile of Pearson's type III, a shifted gamma, where that of a normal is ``normal``.

    Sources: Buckley and Eagleson, An approximation to the distribution of quadratic forms in normal random variables,
    Australian Journal of Statistics 30A (1988); of the gamma: Wilson and Hilferty, The distribution of chi-square,
    Proceedings of the National Academy of Sciences 17 (1931), which far out is on the safe side.
    """
    bent = np.maximum(skewness, 1e-3)
    factor = 2 / bent * ((1 + bent * normal / 6 - bent**2 / 36) ** 3 - 1)
    return np.asarray(mean + deviation * factor)
