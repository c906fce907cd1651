"""Which training rows are kept unseen at first."""

from __future__ import annotations

import numpy as np

from keepfit.training.trials.inner_split import inner_split
from tests.unit.training.support.tables import task_of

BINARY, CLASSES = task_of("binary"), task_of("multiclass")
LABELS = np.random.default_rng(0).random(1000) < 0.3


def test_by_time_the_newest_fifth_is_unseen() -> None:
    split = inner_split(LABELS, task=BINARY, by_time=True, seed=0)
    assert split is not None
    seen, unseen = split
    assert (seen.tolist(), unseen.tolist()) == ([*range(800)], [*range(800, 1000)])


def test_else_a_fifth_of_each_class_is_drawn_the_same_with_the_same_seed() -> None:
    ordered = np.sort(LABELS)  # as a file that is sorted by its label
    first, again, other = (inner_split(ordered, task=BINARY, by_time=False, seed=seed) for seed in (1, 1, 2))
    assert first is not None
    assert again is not None
    assert other is not None
    seen, unseen = first
    assert sorted([*seen, *unseen]) == [*range(1000)]
    assert abs(ordered[unseen].mean() - ordered.mean()) < 0.01
    assert 190 < len(unseen) <= 200
    assert (unseen == again[1]).all()
    assert (unseen != other[1]).any()


def test_numbers_are_drawn_without_classes() -> None:
    split = inner_split(np.arange(500.0), task=task_of("regression"), by_time=False, seed=0)
    assert split is not None
    assert len(split[1]) == 100


def test_a_row_whose_class_no_seen_row_has_is_seen() -> None:
    labels = np.append(np.arange(800) % 2, [2, 2, 2])
    split = inner_split(labels, task=CLASSES, by_time=True, seed=0)
    assert split is not None
    assert set(labels[split[0]]) == {0, 1, 2}
    assert 2 not in labels[split[1]]


def test_too_few_rows_and_one_label_alone_tell_nothing() -> None:
    assert inner_split(LABELS[:200], task=BINARY, by_time=True, seed=0) is None
    one_label_last = np.sort(LABELS)
    assert inner_split(one_label_last, task=BINARY, by_time=True, seed=0) is None
