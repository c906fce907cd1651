"""Intervals by split conformal prediction: as wide as the errors on rows that the model did not see.

Source: Papadopoulos et al., Inductive confidence machines for regression (2002); Lei et al., Distribution-free
predictive inference for regression (2018).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.target import is_skewed
from keepfit.tasks.base import Outputs
from keepfit.tasks.spec import IntervalSpec


def conformal(labels: Labels, outputs: Outputs, level: float) -> IntervalSpec:
    """Intervals that hold a share ``level`` of rows like these, a half of the others on each side.

    Of positive, skewed amounts errors grow with the amount, so that intervals are factors; of others they are added.

    Args:
        labels: (rows,) the answers.
        outputs: (rows,) values of a model that did not see them.
        level: within (0, 1); of fewer than 2 / (1 - level) rows, intervals are as wide as the largest errors.
    """
    is_factor = bool(is_skewed(labels) and outputs.min() > 0)
    apart = labels / outputs if is_factor else labels - outputs
    errors = np.sort(apart.astype(np.float64))
    aside = (1 - level) / 2
    return IntervalSpec(
        level=level,
        low=-_order_statistic(-errors[::-1], 1 - aside),
        high=_order_statistic(errors, 1 - aside),
        is_factor=is_factor,
    )


def _order_statistic(rising: npt.NDArray[np.float64], level: float) -> float:
    """The value that a new one does not exceed with a probability of at least ``level``."""
    place = math.ceil((len(rising) + 1) * level) - 1
    return float(rising[min(place, len(rising) - 1)])
