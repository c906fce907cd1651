"""The Hellinger distance: between 0 and 1, and sensitive to values that come or go."""

from __future__ import annotations

from math import sqrt
from typing import Final

import numpy as np

from keepfit.monitoring.drift.chance import mean_of_chi
from keepfit.monitoring.drift.statistic import Compared, Floats


class Hellinger:
    """The root of 1 less the Bhattacharyya coefficient; see ``statistic.Statistic``.

    Source: Hellinger, Neue Begründung der Theorie quadratischer Formen, Crelle's Journal 136 (1909); Pollard, A User's
    Guide to Measure Theoretic Probability (2002), section 3.3.
    """

    title = "Hellinger distance"
    method = "hellinger is the Hellinger distance over the bins of psi; between 0 and 1."
    over: Final = "pools"
    power: Final = 2

    def distance(self, compared: Compared) -> Floats:
        before, now = compared.shares
        # Not 1 less the coefficient, which would lose the small distances to rounding.
        return np.asarray(np.sqrt(((np.sqrt(before) - np.sqrt(now)) ** 2).sum(axis=-1) / 2))

    def expected(self, compared: Compared) -> float:
        return mean_of_chi(compared.used - 1) * sqrt(compared.chance / 8)


STATISTIC = Hellinger()
