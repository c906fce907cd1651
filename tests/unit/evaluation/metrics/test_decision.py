"""F1, accuracy, balanced accuracy and average precision, against scikit-learn's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, average_precision_score, balanced_accuracy_score, f1_score

from keepfit.errors import EmptyWindow
from keepfit.evaluation.metrics.average_precision import AVERAGE_PRECISION
from keepfit.evaluation.metrics.base import Metric
from keepfit.evaluation.metrics.decision import decision_metrics, outcomes
from keepfit.evaluation.tasks.decision_threshold import cuts
from tests.unit.evaluation.support.holdouts import holdout

LABELS, SCORES = holdout(500)
CUT = 0.7
F1, ACCURACY, BALANCED = decision_metrics(lambda outputs: outputs >= CUT)
DECIDED: dict[Metric, Callable[..., float]] = {
    F1: f1_score,
    ACCURACY: accuracy_score,
    BALANCED: balanced_accuracy_score,
}
every_decision = pytest.mark.parametrize("metric", DECIDED, ids=lambda metric: metric.name)
every_metric = pytest.mark.parametrize(
    "metric", [*DECIDED, AVERAGE_PRECISION], ids=lambda metric: metric.name
)


@every_decision
def test_it_is_scikit_learns_of_what_is_decided(metric: Metric) -> None:
    assert metric.value(LABELS, SCORES) == pytest.approx(DECIDED[metric](LABELS, SCORES >= CUT))


@pytest.mark.parametrize("seed", range(5))
def test_the_average_precision_is_scikit_learns_with_ties(seed: int) -> None:
    labels, scores = holdout(200, seed)
    tied = np.round(scores, 1)
    assert AVERAGE_PRECISION.value(labels, tied) == pytest.approx(average_precision_score(labels, tied))


@every_metric
def test_weights_are_repeated_rows(metric: Metric) -> None:
    weights = np.random.default_rng(1).integers(0, 4, size=500).astype(np.int32)
    repeated = metric.value(np.repeat(LABELS, weights), np.repeat(SCORES, weights))
    assert metric.value(LABELS, SCORES, weights) == pytest.approx(repeated)


@every_metric
def test_no_constant_is_better_than_its_own(metric: Metric) -> None:
    best = metric.value(LABELS, metric.constant(LABELS, SCORES))
    for constant in (0.0, 0.3, 0.69, 0.7, 1.0):
        assert metric.gain(metric.value(LABELS, np.full(500, constant)), best) <= 0


def test_precision_means_nothing_where_nothing_is_true() -> None:
    with pytest.raises(EmptyWindow, match="none of 3 holdout rows is true"):
        AVERAGE_PRECISION.value(np.zeros(3, dtype=np.bool_), np.zeros(3))


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.2000001, 0.5, 1.0])), min_size=1))
def test_every_cut_between_scores_is_there_with_what_it_leads_to(rows: list[tuple[bool, float]]) -> None:
    labels, scores = np.array([label for label, _ in rows]), np.array([score for _, score in rows])
    thresholds, counted = cuts(labels, scores)
    assert len(thresholds) == len(set(scores)) + 1
    for threshold, found in zip(thresholds, counted, strict=True):
        assert outcomes(labels, scores >= threshold).sum(axis=0).tolist() == found.tolist()
