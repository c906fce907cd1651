"""Metrics of P(true) that depend on its calibration, not only on the order."""

from __future__ import annotations

import numpy as np

from keepfit.evaluation.metrics.base import Figures, Labels, Metric
from keepfit.evaluation.metrics.sums import mean_of
from keepfit.tasks.base import Outputs

# Below this the logarithm of a probability says more about rounding than about the model.
_MIN_PROBABILITY = 1e-7


def _log_losses(labels: Labels, outputs: Outputs) -> Figures:
    bounded = np.clip(outputs.astype(np.float64), _MIN_PROBABILITY, 1 - _MIN_PROBABILITY)
    return -np.where(labels, np.log(bounded), np.log1p(-bounded))


def _squares(labels: Labels, outputs: Outputs) -> Figures:
    return np.asarray((outputs.astype(np.float64) - labels) ** 2)


def _share(labels: Labels, outputs: Outputs) -> Outputs:
    """The share of true labels, as everyone's output."""
    return np.full(outputs.shape, labels.mean(), dtype=np.float64)


LOG_LOSS = Metric(
    name="log_loss",
    title="log loss",
    greater_is_better=False,
    bounds=(0.0, float("inf")),
    prepare=lambda labels, outputs: mean_of(_log_losses(labels, outputs)),
    constant=_share,
    row_losses=_log_losses,
)

# Source: Brier, Verification of forecasts expressed in terms of probability (1950).
BRIER = Metric(
    name="brier",
    title="Brier score",
    greater_is_better=False,
    bounds=(0.0, 1.0),
    prepare=lambda labels, outputs: mean_of(_squares(labels, outputs)),
    constant=_share,
    row_losses=_squares,
)
