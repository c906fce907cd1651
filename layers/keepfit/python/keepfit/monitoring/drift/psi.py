"""The population stability index, corrected for few rows."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from keepfit.errors import EmptyWindow
from keepfit.monitoring.drift.statistic import Compared, Floats

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
    over: Final = "pools"
    power: Final = 1

    def distance(self, compared: Compared) -> Floats:
        return population_stability_index(compared.reference, compared.window)

    def expected(self, compared: Compared) -> float:
        return index_without_drift(compared.used, compared.reference.sum(), compared.window.sum())


STATISTIC = PopulationStabilityIndex()


def population_stability_index(reference: ArrayLike, current: ArrayLike) -> Floats:
    """The population stability index of two histograms: the sum of (c - r) * ln(c / r).

    r and c are the shares of each bin in the reference and in the current window.

    A bin that is empty on one side counts there as half a row; one that is empty on both adds nothing.

    Args:
        reference: (..., bins) counts of the baseline window, at least one > 0.
        current: (..., bins) counts of the current window over the same bins.

    Returns:
        (...,) dimensionless, >= 0; 0.1 is commonly called a small and 0.25 a large shift.

    Raises:
        EmptyWindow: no row in one of the windows.

    Source: Siddiqi, Credit Risk Scorecards (2006).

    >>> float(population_stability_index(np.array([50, 50]), np.array([50, 50])))
    0.0
    """
    before, now = np.asarray(reference, dtype=np.float64), np.asarray(current, dtype=np.float64)
    rows = [counts.sum(axis=-1, keepdims=True) for counts in (before, now)]
    if not all(total.all() for total in rows):
        raise EmptyWindow("a population stability index needs at least one row in both windows")
    r, c = (np.maximum(counts, _EMPTY) / total for counts, total in zip((before, now), rows, strict=True))
    terms = (c - r) * np.log(c / r)
    return np.asarray(np.where((before > 0) | (now > 0), terms, 0.0).sum(axis=-1))


def index_without_drift(bins: int, reference_rows: float, window_rows: float) -> float:
    """The population stability index to expect from chance alone, without drift.

    Both windows miss the true shares by chance; the index then follows (1/n + 1/m) times a chi-square with
    bins - 1 degrees of freedom, whose mean this is.

    Source: Yurdakul and Naranjo, Statistical properties of the population stability index, Journal of Risk
    Model Validation 14(4) (2020).

    >>> round(index_without_drift(10, 10_000, 200), 4)
    0.0459
    """
    return max(bins - 1, 0) * (1 / reference_rows + 1 / window_rows)
