"""The expected calibration error, with what chance alone makes of it.

Bins hold about as many rows each and never part equal probabilities, as those of the calibration curve.

Source: Naeini, Cooper & Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian Binning (2015); bins of
equal size: Nixon et al., Measuring Calibration in Deep Learning (2019).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.bootstrap import RESAMPLES, interval
from keepfit.evaluation.figures.probability import bin_numbers
from keepfit.evaluation.report import CalibrationError
from keepfit.tasks.base import Outputs, Truths

_MAX_ROWS = 50_000


def calibration_error(came_true: Truths, probabilities: Outputs, *, seed: int = 0) -> CalibrationError:
    """The error of (rows,) ``probabilities`` of what (rows,) ``came_true``, at least one row.

    >>> error = calibration_error(np.array([True, False] * 50), np.full(100, 0.7))
    >>> round(error.value, 3)
    0.2
    """
    random = np.random.default_rng(seed)
    chosen = np.arange(len(came_true))
    if len(chosen) > _MAX_ROWS:
        chosen = random.choice(chosen, _MAX_ROWS, replace=False)
    truths, claimed = came_true[chosen], probabilities[chosen].astype(np.float64)
    bins = bin_numbers(claimed)
    resampled = np.empty(RESAMPLES)
    by_chance = np.empty(RESAMPLES)
    for at in range(RESAMPLES):
        drawn = random.integers(0, len(truths), len(truths))
        resampled[at] = _error(bins[drawn], truths[drawn], claimed[drawn])
        by_chance[at] = _error(bins, random.random(len(claimed)) < claimed, claimed)
    return CalibrationError(
        value=_error(bin_numbers(probabilities), came_true, probabilities),
        interval=interval(resampled),
        by_chance=float(np.quantile(by_chance, 0.95)),
    )


def _error(bins: npt.NDArray[np.int64], came_true: Truths, probabilities: Outputs) -> float:
    """The distance of both sums of each bin, by all rows."""
    return float(np.abs(np.bincount(bins, weights=probabilities - came_true)).sum() / len(bins))
