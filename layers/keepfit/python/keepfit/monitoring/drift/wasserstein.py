"""The Wasserstein distance: how far numbers have moved on average, in deviations of the reference."""

from __future__ import annotations

from math import pi, sqrt
from typing import Final

import numpy as np

from keepfit.monitoring.drift.statistic import Compared, Floats


class Wasserstein:
    """The area between two distribution functions, in spreads; see ``statistic.Statistic``.

    Within a bin values are taken to be spread evenly; beyond the last edges, which are far outside of the reference, to
    lie at them.

    Source: Vallender, Calculation of the Wasserstein distance between probability distributions on the line, Theory of
    Probability and its Applications 18 (1974).
    """

    title = "normed Wasserstein distance"
    method = (
        "wasserstein is the Wasserstein distance of a column of numbers, in standard deviations of the training data, "
        "counted in bins of a hundredth of it. Missing values are not counted."
    )
    over: Final = "grid"
    power: Final = 2

    def distance(self, compared: Compared) -> Floats:
        before, now = compared.distributions
        apart = now - before
        low, high = apart[..., :-1], apart[..., 1:]
        size = np.abs(low) + np.abs(high)
        # Of a difference that changes its sign between two edges, the area is that of two triangles.
        triangles = (low**2 + high**2) / np.where(size > 0, size, 1.0)
        means = np.where(low * high < 0, triangles, size) / 2
        return np.asarray((means * np.diff(compared.edges)).sum(axis=-1) / compared.spread)

    def expected(self, compared: Compared) -> float:
        before, now = compared.distributions
        both = (before + now) / 2
        deviations = np.sqrt(both * (1 - both) * compared.chance)
        area = ((deviations[:-1] + deviations[1:]) / 2 * np.diff(compared.edges)).sum()
        return float(sqrt(2 / pi) * area / compared.spread)


STATISTIC = Wasserstein()
