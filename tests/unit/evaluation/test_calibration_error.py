"""The calibration error: how far probabilities are from what comes true, beyond chance."""

from __future__ import annotations

import numpy as np

from keepfit.evaluation.calibration_error import calibration_error
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.tasks.spec import IntervalSpec, TaskSpec


def test_true_probabilities_have_an_error_that_chance_explains() -> None:
    random = np.random.default_rng(0)
    probabilities = random.random(2000)
    error = calibration_error(random.random(2000) < probabilities, probabilities)
    assert 0 < error.value < error.by_chance < 0.05


def test_probabilities_that_exaggerate_have_more() -> None:
    random = np.random.default_rng(0)
    probabilities = random.random(2000)
    came_true = random.random(2000) < 0.5 + 0.4 * (probabilities - 0.5)
    error = calibration_error(came_true, probabilities)
    assert error.interval[0] < error.value < error.interval[1]
    assert error.interval[0] > error.by_chance


def test_each_task_says_what_it_claims() -> None:
    classes = training_task_of(TaskSpec(kind="multiclass", classes=["a", "b"]))
    came_true, claimed = classes.confidences(np.array([0, 0]), np.array([[0.75, 0.25], [0.25, 0.75]]))
    assert (came_true.tolist(), claimed.tolist()) == ([True, False], [0.75, 0.75])
    plain = training_task_of(TaskSpec(kind="regression"))
    assert plain.confidences(np.zeros(2), np.zeros(2)) is None
    spec = TaskSpec(kind="regression", interval=IntervalSpec(level=0.9, low=-1, high=1))
    came_true, claimed = training_task_of(spec).confidences(np.array([0.5, 2.0]), np.zeros(2))
    assert (came_true.tolist(), claimed.tolist()) == ([True, False], [0.9, 0.9])
