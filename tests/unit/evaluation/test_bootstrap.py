"""Resamples of a holdout: the same for everyone, of the same strata, and as wide as they say."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from keepfit.evaluation.bootstrap import bootstrap, interval
from keepfit.evaluation.metrics.roc_auc import ROC_AUC
from tests.unit.evaluation.support.holdouts import holdout


def resampled(labels: np.ndarray, scores: Mapping[str, np.ndarray], **options: Any) -> dict[str, np.ndarray]:
    prepared = {name: ROC_AUC.prepare(labels, given) for name, given in scores.items()}
    return bootstrap(prepared, strata=(~labels).astype(np.int64), **options)


def test_the_same_seed_gives_the_same_resamples() -> None:
    labels, scores = holdout(1000)
    first, again = (resampled(labels, {"a": scores}, seed=3)["a"] for _ in range(2))
    assert (first == again).all()
    assert (first != resampled(labels, {"a": scores}, seed=4)["a"]).any()


def test_models_are_compared_on_the_same_resamples() -> None:
    labels, scores = holdout(1000)
    areas = resampled(labels, {"a": scores, "b": scores}, seed=0)
    assert (areas["a"] == areas["b"]).all()


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    # scores of false rows are uniform on [0, 1], of true rows on [.2, 1.2]: P(true above false) = 1 - .8 ** 2 / 2
    truth, covered = 1 - 0.8**2 / 2, 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        labels = random.random(400) < 0.3
        low, high = interval(resampled(labels, {"a": random.random(400) + 0.2 * labels}, seed=seed)["a"])
        covered += low <= truth <= high
    assert 51 <= covered <= 60


def test_blocks_of_resamples_do_not_change_them(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, scores = holdout(300)
    monkeypatch.setattr("keepfit.evaluation.bootstrap._BLOCK", 300 * 7)
    assert len(resampled(labels, {"a": scores}, seed=0, resamples=20)["a"]) == 20


def test_ten_thousand_rows_and_four_models_take_less_than_a_second_of_cpu() -> None:
    labels, scores = holdout(10_000)
    started = time.process_time()
    resampled(labels, dict.fromkeys("abcd", scores), seed=0)
    assert time.process_time() - started < 1
