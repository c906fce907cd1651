"""The area under the curve and its resamples, against scikit-learn's."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from keepfit.errors import EmptyWindow
from keepfit.evaluation.roc_auc import Ranking, bootstrap, interval, roc_auc


def holdout(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.random(rows) < 0.2
    return labels, np.round(0.3 * labels + random.random(rows), 3)


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
    assert Ranking(labels, scores).areas(weights) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("labels", [[True, True], [False, False, False]])
def test_one_label_alone_cannot_be_ranked(labels: list[bool]) -> None:
    with pytest.raises(EmptyWindow, match="same label"):
        roc_auc(np.array(labels), np.zeros(len(labels)))


def test_the_same_seed_gives_the_same_resamples() -> None:
    labels, scores = holdout(1000)
    first, again = (bootstrap(labels, {"a": scores}, seed=3)["a"] for _ in range(2))
    assert (first == again).all()
    assert (first != bootstrap(labels, {"a": scores}, seed=4)["a"]).any()


def test_models_are_compared_on_the_same_resamples() -> None:
    labels, scores = holdout(1000)
    areas = bootstrap(labels, {"a": scores, "b": scores}, seed=0)
    assert (areas["a"] == areas["b"]).all()


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    # scores of false rows are uniform on [0, 1], of true rows on [.2, 1.2]: P(true above false) = 1 - .8 ** 2 / 2
    truth, covered = 1 - 0.8**2 / 2, 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        labels = random.random(400) < 0.3
        low, high = interval(bootstrap(labels, {"a": random.random(400) + 0.2 * labels}, seed=seed)["a"])
        covered += low <= truth <= high
    assert 51 <= covered <= 60


def test_blocks_of_resamples_do_not_change_them(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, scores = holdout(300)
    monkeypatch.setattr("keepfit.evaluation.roc_auc._BLOCK", 300 * 7)
    assert len(bootstrap(labels, {"a": scores}, seed=0, resamples=20)["a"]) == 20


def test_ten_thousand_rows_and_four_models_take_less_than_a_second_of_cpu() -> None:
    labels, scores = holdout(10_000)
    started = time.process_time()
    bootstrap(labels, dict.fromkeys("abcd", scores), seed=0)
    assert time.process_time() - started < 1
