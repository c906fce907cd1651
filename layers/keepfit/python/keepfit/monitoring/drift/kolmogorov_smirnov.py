"""The Kolmogorov-Smirnov distance: how far two distributions of numbers are apart at most."""

from __future__ import annotations

from math import log, pi, sqrt
from typing import Final

import numpy as np

from keepfit.monitoring.drift.statistic import Compared, Floats

# The mean of Kolmogorov's distribution.
_MEAN = sqrt(pi / 2) * log(2)


class KolmogorovSmirnov:
    """The largest difference of two distribution functions; see ``statistic.Statistic``.

    It is measured at edges of bins. Between two they can be further apart, by the share of one bin at most: about a
    hundredth.

    Source: Smirnov, Table for estimating the goodness of fit of empirical distributions, Annals of Mathematical
    Statistics 19 (1948).
    """

    title = "Kolmogorov-Smirnov distance"
    method = (
        "kolmogorov_smirnov is the largest difference of the two distribution functions of a column of numbers, at the "
        "hundredths of the training data; between 0 and 1. Missing values are not counted."
    )
    over: Final = "grid"
    power: Final = 2

    def distance(self, compared: Compared) -> Floats:
        before, now = compared.distributions
        return np.asarray(np.abs(before - now).max(axis=-1, initial=0.0))

    def expected(self, compared: Compared) -> float:
        return _MEAN * sqrt(compared.chance)


STATISTIC = KolmogorovSmirnov()
