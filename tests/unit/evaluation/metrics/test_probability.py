"""Log loss and Brier score, against scikit-learn's, and the constants that they must beat."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from keepfit.evaluation.metrics.base import Metric
from keepfit.evaluation.metrics.probability import BRIER, LOG_LOSS
from tests.unit.evaluation.support.holdouts import holdout

LABELS, SCORES = holdout(500)
PROBABILITIES = np.clip(SCORES, 0.01, 0.99)
ORACLES = {LOG_LOSS: log_loss, BRIER: brier_score_loss}
every_metric = pytest.mark.parametrize("metric", ORACLES, ids=lambda metric: metric.name)


@every_metric
def test_it_is_scikit_learns(metric: Metric) -> None:
    assert metric.value(LABELS, PROBABILITIES) == pytest.approx(ORACLES[metric](LABELS, PROBABILITIES))


@every_metric
def test_weights_are_repeated_rows(metric: Metric) -> None:
    weights = np.random.default_rng(1).integers(0, 4, size=500).astype(np.int32)
    repeated = metric.value(np.repeat(LABELS, weights), np.repeat(PROBABILITIES, weights))
    assert metric.value(LABELS, PROBABILITIES, weights) == pytest.approx(repeated)


@every_metric
def test_no_constant_is_better_than_its_own(metric: Metric) -> None:
    best = metric.value(LABELS, metric.constant(LABELS, PROBABILITIES))
    for constant in np.linspace(0.01, 0.99, 50):
        assert metric.gain(metric.value(LABELS, np.full(500, constant)), best) <= 0
    assert metric.gain(0.1, 0.2) > 0  # less is better


def test_a_probability_of_nothing_costs_much_and_not_without_end() -> None:
    assert LOG_LOSS.value(np.array([True]), np.array([0.0])) == pytest.approx(-np.log(1e-7))
