"""Metrics that are a mean of a cost or score per row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Figures, Weights


def _as_it_is(mean: Figures) -> Figures:
    return mean


@dataclass(frozen=True, slots=True)
class RowMean:
    """See ``base.Prepared``: the mean of (rows,) ``figures``, transformed by ``made_of``.

    The transformation is, for example, the square root.
    """

    figures: npt.NDArray[np.float64]
    made_of: Callable[[Figures], Figures] = _as_it_is

    def value(self) -> float:
        """The metric over all rows, each once."""
        return float(self.made_of(self.figures.mean(keepdims=True))[0])

    def values(self, weights: Weights) -> Figures:
        """(resamples,) the metric in each resample."""
        return self.made_of(weights @ self.figures / weights.sum(axis=1))
