"""Regression answers, is watched and compared by values."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from keepfit.tasks.regression import Regression
from keepfit.tasks.spec import IntervalSpec, TaskSpec

TASK = Regression(TaskSpec(kind="regression"))


def test_values_are_answered() -> None:
    predictions, outputs, answer = TASK.answerer("m", 3)(np.array([1.5, -2.0]), ["a", "b"])
    assert predictions == outputs == [1.5, -2.0]
    assert msgspec.to_builtins(answer) == {
        "model": "m",
        "model_version": 3,
        "predictions": [1.5, -2.0],
        "prediction_ids": ["a", "b"],
    }


def test_what_is_not_finite_is_invalid() -> None:
    outputs = np.array([1.0, np.nan, np.inf])
    assert TASK.accept([outputs[:, None]]) is None
    assert TASK.invalid(outputs).tolist() == [False, True, True]
    assert TASK.accept([np.array([[1e30], [-1e30]])]) is not None


def test_a_difference_is_a_share_of_the_value() -> None:
    one, other = np.array([1e6, 200.0, 0.001]), np.array([1e6 + 1, 202.0, 0.0])
    assert TASK.difference(one, other).difference == pytest.approx([1e-6, 2 / 202, 0.001 / 202], rel=1e-3)
    assert TASK.difference(one, other).flipped_labels == 0


def test_what_is_no_number_is_never_alike() -> None:
    assert TASK.difference(np.array([np.nan, 1.0]), np.array([1.0, 1.0])).difference.tolist() == [1.0, 0.0]
    assert TASK.difference(np.zeros(2), np.zeros(2)).max_difference == 0.0


def test_the_value_is_watched() -> None:
    assert TASK.watch(12.5, 12.5) == {"value": 12.5}
    for output in (None, [1.0], float("inf")):
        with pytest.raises(ValueError, match="not a finite number"):
            TASK.watch(output, None)


def test_an_interval_is_answered_with_each_value_and_says_how_many_it_held() -> None:
    added = IntervalSpec(level=0.9, low=-2.0, high=3.0, coverage=0.912)
    _, _, answer = Regression(TaskSpec(kind="regression", interval=added)).answerer("m", 3)(
        np.array([10.0, -1.0]), ["a", "b"]
    )
    assert msgspec.to_builtins(answer) == {
        "model": "m",
        "model_version": 3,
        "predictions": [10.0, -1.0],
        "intervals": [[8.0, 13.0], [-3.0, 2.0]],
        "interval_level": 0.9,
        "interval_coverage": 0.912,
        "prediction_ids": ["a", "b"],
    }
    factor = IntervalSpec(level=0.9, low=0.5, high=2.0, is_factor=True)
    task = Regression(TaskSpec(kind="regression", interval=factor))
    assert task.intervals(np.array([10.0])).tolist() == [[5.0, 20.0]]
