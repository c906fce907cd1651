"""Metrics that are made of sums over rows: means, their roots, and ratios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Figures, Weights


@dataclass(frozen=True, slots=True)
class Sums:
    """See ``base.Prepared``: (rows, n) ``figures``, and the metric ``made_of`` their (resamples, n) sums."""

    figures: npt.NDArray[np.float64]
    made_of: Callable[[npt.NDArray[np.float64]], Figures]

    def value(self) -> float:
        """Over all rows, each once."""
        return float(self.made_of(self.figures.sum(axis=0, keepdims=True))[0])

    def values(self, weights: Weights) -> Figures:
        """(resamples,) in each resample."""
        return self.made_of(weights @ self.figures)


def mean_of(figures: npt.NDArray[np.float64]) -> Sums:
    """The mean of (rows,) figures."""
    return Sums(np.column_stack([figures, np.ones(len(figures))]), lambda sums: sums[:, 0] / sums[:, 1])


def root_mean_of(figures: npt.NDArray[np.float64]) -> Sums:
    """The square root of the mean of (rows,) figures."""
    return Sums(
        np.column_stack([figures, np.ones(len(figures))]), lambda sums: np.sqrt(sums[:, 0] / sums[:, 1])
    )


def share(part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> Figures:
    """Part by whole, 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
