"""Classes as training finds them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from keepfit.evaluation.tasks.multiclass import MAX_CLASSES, MulticlassTraining


def task_of(values: list[str] | list[int]) -> MulticlassTraining:
    return MulticlassTraining(MulticlassTraining.specify(np.array(values, dtype=object)))


TASK = task_of(["owl"] * 30 + ["cat"] * 40 + ["dog"] * 5)


def test_the_classes_are_those_of_training_in_order() -> None:
    assert TASK.spec.classes == ["cat", "dog", "owl"]
    assert task_of([8, 3, 5, 3]).spec.classes == [3, 5, 8]


def test_a_class_that_training_never_saw_is_none_of_them() -> None:
    assert TASK.encode_labels(["dog", "fox", "cat"]).tolist() == [1, -1, 0]


def test_classes_with_few_training_rows_are_told() -> None:
    labels = TASK.encode_labels(["owl"] * 30 + ["cat"] * 40 + ["dog"] * 5)
    [told] = TASK.doubts(labels)
    assert told.startswith("1 of 3 classes have fewer than 20 training rows")
    assert told.endswith("dog (5)")
    assert TASK.doubts(np.repeat([0, 1, 2], 20)) == []
    assert TASK.summarize(labels).classes == {"cat": 40, "owl": 30, "dog": 5}


def test_one_class_and_too_many_are_refused_with_the_reason() -> None:
    assert (
        TASK.refuse(np.zeros(9, dtype=np.int64))
        == "9 labelled rows of one class, so there is nothing to learn"
    )
    assert TASK.refuse(np.array([0, 2])) is None
    names = task_of([*range(MAX_CLASSES + 1)])
    assert "may be an identifier" in (names.refuse(np.arange(MAX_CLASSES + 1)) or "")


def test_a_holdout_needs_two_classes_with_enough_rows_and_may_have_rarer_ones() -> None:
    labels = np.repeat([0, 1, 2], [50, 3, 12])
    assert TASK.refuse_to_judge(labels, minimum_of_each_class=10) is None
    assert "fewer than two classes" in (TASK.refuse_to_judge(labels[:53], minimum_of_each_class=10) or "")


def test_categories_that_come_with_the_same_classes_stand_beside_each_other() -> None:
    random = np.random.default_rng(0)
    codes = np.repeat(np.arange(6), 200)
    likely = {0: 0, 1: 2, 2: 1, 3: 2, 4: 0, 5: 1}
    labels = np.array(
        [likely[code] if random.random() < 0.8 else random.integers(0, 3) for code in codes.tolist()]
    )
    order = np.argsort(TASK.rank_categories(codes, 6, labels)).tolist()
    groups = [likely[code] for code in order]
    assert sum(a != b for a, b in pairwise(groups)) == 2


def test_of_two_classes_the_order_is_that_of_their_share() -> None:
    task = task_of(["no", "yes"])
    codes, shares = np.repeat(np.arange(4), 100), [0.7, 0.1, 0.9, 0.4]
    labels = np.concatenate([np.arange(100) < 100 * share for share in shares]).astype(np.int64)
    order = np.argsort(task.rank_categories(codes, 4, labels)).tolist()
    assert order in ([1, 3, 0, 2], [2, 0, 3, 1])


def test_a_name_of_no_class_is_told_with_those_that_are() -> None:
    assert TASK.class_of("dog") == 1
    with pytest.raises(ValueError, match="no label 'fox'; the labels are cat, dog, owl"):
        TASK.class_of("fox")
