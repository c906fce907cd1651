"""Metrics that are a mean over rows of what each row costs or scores."""

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
    """See ``base.Prepared``: (rows,) ``figures``, their mean, and what is ``made_of`` it, such as its square root."""

    figures: npt.NDArray[np.float64]
    made_of: Callable[[Figures], Figures] = _as_it_is

    def value(self) -> float:
        """Over all rows, each once."""
        return float(self.made_of(self.figures.mean(keepdims=True))[0])

    def values(self, weights: Weights) -> Figures:
        """(resamples,) in each resample."""
        return self.made_of(weights @ self.figures / weights.sum(axis=1))
