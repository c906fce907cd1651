"""The curves against scikit-learn's, and against what they summarize."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import auc
from sklearn.metrics import precision_recall_curve as sklearns_precision_recall_curve
from sklearn.metrics import roc_curve as sklearns

from keepfit.evaluation.figures.probability import (
    calibration,
    precision_recall_curve,
    probability_figures,
    roc_curve,
)
from keepfit.evaluation.metrics.roc_auc import roc_auc
from keepfit.evaluation.results import Line

Rows = list[tuple[bool, float]]
BOTH_LABELS = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.25, 0.5, 0.5 + 1e-12, 1.0])), min_size=2
).filter(lambda rows: len({label for label, _ in rows}) == 2)


def split(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    return np.array([label for label, _ in rows]), np.array([score for _, score in rows])


@pytest.fixture
def many() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    scores = random.random(20_000) ** 3
    return random.random(20_000) < scores, scores


@given(BOTH_LABELS)
def test_the_roc_curve_is_scikit_learns_with_any_number_of_ties(rows: Rows) -> None:
    labels, scores = split(rows)
    false, true, _ = sklearns(labels, scores, drop_intermediate=False)
    assert np.array(roc_curve(labels, scores)) == pytest.approx(np.column_stack([false, true]))


@given(BOTH_LABELS)
def test_the_area_below_it_is_the_metric_that_is_judged(rows: Rows) -> None:
    labels, scores = split(rows)
    false, true = zip(*roc_curve(labels, scores), strict=True)
    assert auc(false, true) == pytest.approx(roc_auc(labels, scores))


def test_a_long_curve_is_thinned_and_keeps_its_shape(many: tuple[np.ndarray, np.ndarray]) -> None:
    points = roc_curve(*many)
    assert len(points) <= 101
    assert (points[0], points[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(points))
    false, true = zip(*points, strict=True)
    assert auc(false, true) == pytest.approx(roc_auc(*many), abs=1e-3)


@given(BOTH_LABELS)
def test_every_row_is_in_one_bin_and_bins_follow_the_scores(rows: Rows) -> None:
    labels, scores = split(rows)
    bins = calibration(labels, scores)
    assert sum(one.rows for one in bins) == len(rows)
    assert sum(one.rows * one.observed for one in bins) == pytest.approx(labels.sum())
    assert sum(one.rows * one.predicted for one in bins) == pytest.approx(scores.sum())
    assert all(a.predicted < b.predicted for a, b in pairwise(bins))


def test_precision_and_recall_are_scikit_learns(many: tuple[np.ndarray, np.ndarray]) -> None:
    labels, scores = many[0][:300], many[1][:300].round(2)
    precision, recall, _ = sklearns_precision_recall_curve(labels, scores)
    theirs = set(zip(recall[:-1].round(12).tolist(), precision[:-1].round(12).tolist(), strict=True))
    ours = precision_recall_curve(labels, scores)
    assert {(round(x, 12), round(y, 12)) for x, y in ours} <= theirs
    assert ours[-1][0] == 1.0


def test_true_odds_lie_on_the_diagonal_in_bins_of_equal_size(many: tuple[np.ndarray, np.ndarray]) -> None:
    *_, line = probability_figures(*many)
    assert isinstance(line, Line)
    assert line.rows == [2000] * 10
    assert [up for _, up in line.points] == pytest.approx([across for across, _ in line.points], abs=0.03)
