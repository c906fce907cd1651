"""Intervals hold as many new rows as they say, whatever the errors are like."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.evaluation.tasks.conformal import conformal
from keepfit.tasks.regression import Regression
from keepfit.tasks.spec import TaskSpec


def covered(labels: np.ndarray, outputs: np.ndarray, level: float, rows: int) -> tuple[float, bool]:
    """The share of later rows within intervals that the first ``rows`` chose, and whether those are factors."""
    spec = conformal(labels[:rows], outputs[:rows], level)
    low, high = Regression(TaskSpec(kind="regression", interval=spec)).intervals(outputs[rows:]).T
    return float(np.mean((low <= labels[rows:]) & (labels[rows:] <= high))), spec.is_factor


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.99])
@pytest.mark.parametrize("errors", ["normal", "one-sided", "of amounts"])
def test_the_declared_share_is_held(level: float, errors: str) -> None:
    random = np.random.default_rng(0)
    outputs = random.normal(0, 10, 30_000)
    noise = random.normal(0, 3, 30_000) if errors == "normal" else random.exponential(5, 30_000)
    labels = outputs + noise
    if errors == "of amounts":
        outputs = np.exp(random.normal(5, 1, 30_000))
        labels = outputs * np.exp(random.normal(0, 0.5, 30_000))
    share, is_factor = covered(labels, outputs, level, 2000)
    assert share == pytest.approx(level, abs=0.025)
    assert is_factor == (errors == "of amounts")


def test_few_rows_make_intervals_that_hold_enough_on_average() -> None:
    shares = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        outputs = random.normal(0, 10, 1060)
        shares.append(covered(outputs + random.normal(0, 3, 1060), outputs, 0.9, 60)[0])
    assert 0.89 < np.mean(shares) < 0.96


def test_an_interval_has_its_ends_in_order_also_below_zero() -> None:
    spec = conformal(np.array([1.0, 2.0, 3.0] * 30), np.array([1.5, 1.9, 2.8] * 30), 0.8)
    ends = Regression(TaskSpec(kind="regression", interval=spec)).intervals(np.array([-5.0, 0.0, 5.0]))
    assert (ends[:, 0] <= ends[:, 1]).all()
