"""The confusion matrix, against scikit-learn's."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import confusion_matrix

from keepfit.evaluation.figures.classes import MAX_NAMES, confusion


def test_it_is_scikit_learns() -> None:
    random = np.random.default_rng(0)
    labels, decided = random.integers(0, 4, 300), random.integers(0, 4, 300)
    matrix = confusion(labels, decided, ["a", "b", "c", "d"])
    assert matrix.names == ["a", "b", "c", "d"]
    assert matrix.cells == confusion_matrix(labels, decided).tolist()


def test_many_classes_are_the_most_frequent_and_the_others_and_no_row_is_lost() -> None:
    random = np.random.default_rng(0)
    labels, decided = random.geometric(0.05, 5000) % 100, random.geometric(0.05, 5000) % 100
    matrix = confusion(labels, decided, [f"class {number}" for number in range(100)])
    assert len(matrix.names) == len(matrix.cells) == MAX_NAMES + 1
    assert matrix.names[-1] == "other classes"
    assert sum(map(sum, matrix.cells)) == 5000
    assert matrix.cells[0][0] == int(((labels == 1) & (decided == 1)).sum() or matrix.cells[0][0])
