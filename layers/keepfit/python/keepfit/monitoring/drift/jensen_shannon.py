"""The Jensen-Shannon distance: between 0 and 1, however new the values of a window are."""

from __future__ import annotations

from math import log, sqrt
from typing import Final

import numpy as np

from keepfit.monitoring.drift.chance import mean_of_chi
from keepfit.monitoring.drift.statistic import Compared, Floats


class JensenShannon:
    """The root of the Jensen-Shannon divergence in bits; see ``statistic.Statistic``.

    Source: Lin, Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory 37 (1991);
    Endres and Schindelin, A new metric for probability distributions, ibid. 49 (2003).
    """

    title = "Jensen-Shannon distance"
    method = (
        "jensen_shannon is the Jensen-Shannon distance, the root of the divergence in bits, over the bins of psi; "
        "between 0 and 1."
    )
    over: Final = "pools"
    power: Final = 2

    def distance(self, compared: Compared) -> Floats:
        before, now = compared.shares
        middle = (before + now) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = [np.where(share > 0, share * np.log2(share / middle), 0.0) for share in (before, now)]
        divergence = sum(term.sum(axis=-1) for term in terms) / 2
        return np.asarray(np.sqrt(np.maximum(divergence, 0.0)))

    def expected(self, compared: Compared) -> float:
        # Near no drift the divergence in nats is an eighth of the sum of squares that psi is.
        return mean_of_chi(compared.used - 1) * sqrt(compared.chance / (8 * log(2)))


STATISTIC = JensenShannon()
