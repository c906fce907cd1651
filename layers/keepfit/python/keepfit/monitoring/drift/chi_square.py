"""Pearson's chi-square of two samples: it grows with the rows, as certainty does."""

from __future__ import annotations

from typing import Final

import numpy as np

from keepfit.monitoring.drift.statistic import Compared, Floats


class ChiSquare:
    """The chi-square of two rows, not corrected for continuity; see ``statistic.Statistic``.

    Source: Pearson, On the criterion that a given system of deviations ..., Philosophical Magazine 50 (1900).
    """

    title = "chi-square"
    method = (
        "chi_square is Pearson's chi-square of two samples over the bins of psi. Its expectation without drift is its "
        "degrees of freedom, bins - 1; it grows with the rows of a window that has drifted."
    )
    over: Final = "pools"
    power: Final = 1

    def distance(self, compared: Compared) -> Floats:
        before, now = compared.reference, compared.window
        n, m = before.sum(axis=-1, keepdims=True), now.sum(axis=-1, keepdims=True)
        both = before + now
        # Of two samples it is this one sum: (m r - n c)^2 / (n m (r + c)).
        terms = (m * before - n * now) ** 2 / (n * m * np.where(both > 0, both, 1.0))
        return np.asarray(terms.sum(axis=-1))

    def expected(self, compared: Compared) -> float:
        return float(max(compared.used - 1, 0))


STATISTIC = ChiSquare()
