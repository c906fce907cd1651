"""One of some classes: what is answered, logged, watched and compared."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from keepfit.errors import InvalidModel
from keepfit.tasks.multiclass import Multiclass
from keepfit.tasks.spec import TaskSpec

TASK = Multiclass(TaskSpec(kind="multiclass", classes=["cat", "dog", "owl"]))
OUTPUTS = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]], dtype=np.float32)


def test_the_class_of_the_highest_probability_is_answered_with_all_of_them() -> None:
    predictions, outputs, answer = TASK.answerer("m", 3)(OUTPUTS, ["a", "b"])
    assert predictions == ["cat", "owl"]
    assert outputs == OUTPUTS.tolist()
    assert msgspec.to_builtins(answer) == {
        "model": "m",
        "model_version": 3,
        "classes": ["cat", "dog", "owl"],
        "predictions": ["cat", "owl"],
        "probabilities": OUTPUTS.tolist(),
        "prediction_ids": ["a", "b"],
    }


def test_classes_may_be_whole_numbers() -> None:
    task = Multiclass(TaskSpec(kind="multiclass", classes=[3, 5, 8]))
    assert task.decide(OUTPUTS) == [3, 8]
    assert task.watch([0.1, 0.3, 0.6], 8) == {"class": "8", "probability": 0.6}


@pytest.mark.parametrize(
    "row", [[0.7, 0.2, 0.2], [1.1, -0.1, 0.0], [np.nan, 0.5, 0.5], [0.3, 0.3, 0.3], [0.0, 0.0, 0.0]]
)
def test_a_row_that_is_no_probability_of_each_class_is_invalid(row: list[float]) -> None:
    outputs = np.array([OUTPUTS[0], row], dtype=np.float32)
    assert TASK.accept([outputs]) is None
    assert TASK.invalid(outputs).tolist() == [False, True]


def test_other_classes_than_the_signatures_are_invalid() -> None:
    assert TASK.accept([OUTPUTS[:, :2]]) is None
    assert TASK.invalid(OUTPUTS[:, :2]).all()
    with pytest.raises(InvalidModel, match="names no classes"):
        Multiclass(TaskSpec(kind="multiclass"))


def test_the_rounding_of_a_sum_is_no_fault() -> None:
    nearly = np.array([[1.0000002, 0.0, -1e-8]], dtype=np.float32)
    assert TASK.accept([nearly]) is None
    assert not TASK.invalid(nearly).any()
    assert TASK.accept([TASK.rounded(nearly)]) is not None
    many = np.full((1, 500), 1 / 500, dtype=np.float32)
    assert Multiclass(TaskSpec(kind="multiclass", classes=[*range(500)])).accept([many]) is many


def test_a_difference_is_that_of_the_class_that_differs_most_and_flips_the_decision_or_not() -> None:
    other = np.array([[0.6, 0.3, 0.1], [0.1, 0.61, 0.29]])
    difference = TASK.difference(OUTPUTS, other)
    assert difference.difference == pytest.approx([0.1, 0.31])
    assert difference.flipped.tolist() == [False, True]
    assert TASK.difference(np.full((1, 3), np.nan), OUTPUTS[:1]).difference.tolist() == [1.0]


def test_a_champion_of_other_classes_is_compared_by_those_of_the_challenger() -> None:
    spec = TaskSpec(kind="multiclass", classes=["dog", "fox", "cat"])
    assert TASK.compared_with(spec) is None
    assert TASK.translated(OUTPUTS, spec) == pytest.approx(np.array([[0.2, 0, 0.7], [0.3, 0, 0.1]]))
    assert TASK.compared_with(TaskSpec(kind="binary")) == "its task is multiclass, not binary"


@pytest.mark.parametrize(
    ("output", "prediction"), [(0.5, "cat"), ([], "cat"), ([0.5, 1.5], "cat"), ([0.5], None)]
)
def test_a_line_without_class_or_probabilities_is_broken(output: object, prediction: object) -> None:
    with pytest.raises(ValueError, match=r"expected|not between"):
        TASK.watch(output, prediction)


def test_so_many_instances_are_answered_as_their_probabilities_fit_an_answer() -> None:
    assert TASK.max_rows == 10_000
    assert Multiclass(TaskSpec(kind="multiclass", classes=[*range(500)])).max_rows == 500
