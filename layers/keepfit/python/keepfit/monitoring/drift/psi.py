"""The population stability index, corrected for few rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keepfit.errors import EmptyWindow
from keepfit.monitoring.drift.pooling import pooled
from keepfit.monitoring.drift.statistic import Counts, Measurement
from keepfit.monitoring.profiles.bins import Bins

# An empty bin counts as half a row, so that a value seen for the first time weighs by how often it comes.
_EMPTY = 0.5


class PopulationStabilityIndex:
    """See ``statistic.Statistic``."""

    title = "population stability index"
    method = (
        "psi is the population stability index over bins of the champion's training data; small bins are judged with "
        "their like: known values together until they have 30 reference rows and 5 expected ones, unseen ones "
        "together, the missing alone. Its expectation without drift is "
        "(bins - 1) * (1 / reference rows + 1 / window rows)."
    )

    def measure(self, reference: Counts, window: Counts, bins: Bins) -> Measurement:
        judged = pooled(np.array([reference, window]), bins)
        used = int(judged.any(axis=0).sum())
        return Measurement(
            value=population_stability_index(judged[0], judged[1]),
            expected=index_without_drift(used, sum(reference), sum(window)),
        )


STATISTIC = PopulationStabilityIndex()


def population_stability_index(reference: ArrayLike, current: ArrayLike) -> float:
    """The population stability index of two histograms: the sum of (c - r) * ln(c / r).

    r and c are the shares of each bin in the reference and in the current window.

    A bin that is empty on one side counts there as half a row; one that is empty on both adds nothing.

    Args:
        reference: (bins,) counts of the baseline window, at least one > 0.
        current: (bins,) counts of the current window over the same bins.

    Returns:
        Dimensionless, >= 0; 0.1 is commonly called a small and 0.25 a large shift.

    Raises:
        EmptyWindow: no row in one of the windows.

    Source: Siddiqi, Credit Risk Scorecards (2006).

    >>> population_stability_index(np.array([50, 50]), np.array([50, 50]))
    0.0
    """
    counts = np.asarray([reference, current], dtype=np.float64)
    totals = counts.sum(axis=1, keepdims=True)
    if not totals.all():
        raise EmptyWindow("a population stability index needs at least one row in both windows")
    filled = counts[:, counts.any(axis=0)]
    shares = np.maximum(filled, _EMPTY) / totals
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def index_without_drift(bins: int, reference_rows: int, window_rows: int) -> float:
    """The population stability index to expect from chance alone, without drift.

    Both windows miss the true shares by chance; the index then follows (1/n + 1/m) times a chi-square with
    bins - 1 degrees of freedom, whose mean this is.

    Source: Yurdakul and Naranjo, Statistical properties of the population stability index, Journal of Risk
    Model Validation 14(4) (2020).

    >>> round(index_without_drift(10, 10_000, 200), 4)
    0.0459
    """
    return max(bins - 1, 0) * (1 / reference_rows + 1 / window_rows)
