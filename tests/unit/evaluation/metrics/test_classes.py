"""Metrics of several classes, against scikit-learn's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score

from keepfit.errors import EmptyWindow
from keepfit.evaluation.metrics.base import Metric
from keepfit.evaluation.metrics.classes import ACCURACY, F1_MACRO, LOG_LOSS, ROC_AUC_OVR

CLASSES = 4


def holdout(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(rows,) numbers of classes, unevenly often, and (rows, classes) probabilities that know something of them."""
    random = np.random.default_rng(seed)
    labels = random.choice(CLASSES, rows, p=[0.5, 0.3, 0.15, 0.05])
    scores = random.random((rows, CLASSES)) + 0.5 * np.eye(CLASSES)[labels]
    return labels, scores / scores.sum(axis=1, keepdims=True)


LABELS, OUTPUTS = holdout(600)
ORACLES: dict[Metric, Callable[[np.ndarray, np.ndarray], float]] = {
    LOG_LOSS: log_loss,
    ACCURACY: lambda labels, outputs: accuracy_score(labels, outputs.argmax(axis=1)),
    F1_MACRO: lambda labels, outputs: f1_score(labels, outputs.argmax(axis=1), average="macro"),
    ROC_AUC_OVR: lambda labels, outputs: roc_auc_score(labels, outputs, multi_class="ovr"),
}
every_metric = pytest.mark.parametrize("metric", ORACLES, ids=lambda metric: metric.name)


@every_metric
@pytest.mark.parametrize("seed", range(3))
def test_it_is_scikit_learns(metric: Metric, seed: int) -> None:
    labels, outputs = holdout(300, seed)
    assert metric.value(labels, outputs) == pytest.approx(ORACLES[metric](labels, outputs))


@every_metric
def test_weights_are_repeated_rows(metric: Metric) -> None:
    weights = np.random.default_rng(1).integers(0, 4, size=600).astype(np.int32)
    repeated = metric.value(np.repeat(LABELS, weights), np.repeat(OUTPUTS, weights, axis=0))
    assert metric.value(LABELS, OUTPUTS, weights) == pytest.approx(repeated)


@every_metric
def test_a_constant_is_worse_than_what_knows_something(metric: Metric) -> None:
    constant = metric.constant(LABELS, OUTPUTS)
    assert constant.shape == OUTPUTS.shape
    assert (constant == constant[0]).all()
    assert metric.gain(metric.value(LABELS, OUTPUTS), metric.value(LABELS, constant)) > 0


@every_metric
def test_a_label_that_was_never_learned_is_a_row_that_nobody_gets_right(metric: Metric) -> None:
    unknown = np.where(np.arange(600) < 60, -1, LABELS)
    known = unknown >= 0
    worse = metric.gain(metric.value(unknown, OUTPUTS), metric.value(unknown[known], OUTPUTS[known]))
    assert worse < 0 or metric is ROC_AUC_OVR  # an unknown row is one of the rest to every class
    assert np.isfinite(metric.value(unknown, OUTPUTS))


def test_one_class_alone_cannot_be_told_from_the_rest() -> None:
    with pytest.raises(EmptyWindow, match="same label"):
        ROC_AUC_OVR.value(np.zeros(3, dtype=np.int64), np.full((3, 2), 0.5))
