"""The area under the curve, against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from keepfit.errors import EmptyWindow
from keepfit.evaluation.metrics.roc_auc import ROC_AUC, Ranking, roc_auc
from tests.unit.evaluation.support.holdouts import holdout


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([0.0, 0.25, 0.5, 0.5 + 1e-12, 1.0])), min_size=2
    ).filter(lambda rows: len({label for label, _ in rows}) == 2)
)
def test_the_area_is_scikit_learns_with_any_number_of_ties(rows: list[tuple[bool, float]]) -> None:
    labels, scores = np.array([label for label, _ in rows]), np.array([score for _, score in rows])
    assert roc_auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


def test_a_weighted_area_is_the_area_of_the_repeated_rows() -> None:
    labels, scores = holdout(500)
    weights = np.random.default_rng(1).integers(0, 4, size=(3, 500)).astype(np.int32)
    expected = [roc_auc_score(np.repeat(labels, w), np.repeat(scores, w)) for w in weights]
    assert Ranking(labels, scores).values(weights) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("labels", [[True, True], [False, False, False]])
def test_one_label_alone_cannot_be_ranked(labels: list[bool]) -> None:
    with pytest.raises(EmptyWindow, match="same label"):
        roc_auc(np.array(labels), np.zeros(len(labels)))


def test_any_constant_has_an_area_of_one_half_in_every_resample() -> None:
    labels, scores = holdout(300)
    constant = ROC_AUC.prepare(labels, ROC_AUC.constant(labels, scores))
    weights = np.random.default_rng(0).integers(1, 4, size=(5, 300)).astype(np.int32)
    assert (constant.value(), constant.values(weights).tolist()) == (0.5, [0.5] * 5)
