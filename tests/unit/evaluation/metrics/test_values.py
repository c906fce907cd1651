"""Metrics of values, against scikit-learn's, and the constants that they must beat."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from sklearn.metrics import (
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_pinball_loss,
    r2_score,
    root_mean_squared_error,
)

from keepfit.evaluation.metrics.base import Metric
from keepfit.evaluation.metrics.values import MAE, MAPE, R2, RMSE, pinball

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.gamma(2, 1000, 500) + 50
OUTPUTS = LABELS + RANDOM.normal(0, 400, 500)
PINBALL = pinball(0.9)
ORACLES: dict[Metric, Callable[..., float]] = {
    RMSE: root_mean_squared_error,
    MAE: mean_absolute_error,
    MAPE: mean_absolute_percentage_error,
    R2: r2_score,
    PINBALL: partial(mean_pinball_loss, alpha=0.9),
}
every_metric = pytest.mark.parametrize("metric", ORACLES, ids=lambda metric: metric.name)


@every_metric
def test_it_is_scikit_learns(metric: Metric) -> None:
    assert metric.value(LABELS, OUTPUTS) == pytest.approx(ORACLES[metric](LABELS, OUTPUTS))


@every_metric
def test_weights_are_those_of_scikit_learn(metric: Metric) -> None:
    weights = np.random.default_rng(1).integers(0, 4, size=500).astype(np.int32)
    expected = ORACLES[metric](LABELS, OUTPUTS, sample_weight=weights)
    assert metric.value(LABELS, OUTPUTS, weights) == pytest.approx(expected)


@every_metric
def test_no_constant_is_better_than_its_own(metric: Metric) -> None:
    best = metric.value(LABELS, metric.constant(LABELS, OUTPUTS))
    for constant in np.quantile(LABELS, np.linspace(0, 1, 40)):
        assert metric.gain(metric.value(LABELS, np.full(500, constant)), best) <= 1e-9
    assert metric.gain(metric.value(LABELS, OUTPUTS), best) > 0


def test_labels_far_from_zero_lose_no_digits() -> None:
    assert R2.value(LABELS + 1e9, OUTPUTS + 1e9) == pytest.approx(r2_score(LABELS, OUTPUTS), rel=1e-6)
