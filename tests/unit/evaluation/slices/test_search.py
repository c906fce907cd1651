"""The search for slices: what is worse is named, and nothing is where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.evaluation.report import SliceSearch
from keepfit.evaluation.slices.correction import holm
from keepfit.evaluation.slices.groups import grouped
from keepfit.evaluation.slices.measure import Sliceable, declared_slices, rows_of
from keepfit.evaluation.slices.search import worst_slices
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.tasks.spec import TaskSpec

_ROWS = 1500


def columns(random: np.random.Generator) -> dict[str, list]:
    return {
        "store": random.integers(0, 5, _ROWS).astype(str).tolist(),
        "weekend": (random.random(_ROWS) < 0.5).tolist(),
        "distance": random.normal(size=_ROWS).tolist(),
        "fare": random.normal(size=_ROWS).tolist(),
    }


def searched(kind: str, seed: int, worse: str | None = None) -> SliceSearch:
    """Slices of a model that knows what there is to know, but for noise in store 2, or in its longest trips."""
    random = np.random.default_rng(seed)
    values = columns(random)
    bad = np.array(values["store"]) == "2"
    if worse == "pair":
        bad &= np.array(values["distance"]) > np.quantile(values["distance"], 0.75)
    signal = random.normal(size=_ROWS)
    actual = signal + random.normal(size=_ROWS) * np.where(bad & (worse is not None), 6, 1)
    task = training_task_of(TaskSpec(kind=kind, classes=[0, 1] if kind == "multiclass" else None))
    chance = 1 / (1 + np.exp(-1.7 * signal))
    labels, outputs = {
        "binary": (actual > 0, chance),
        "multiclass": ((actual > 0).astype(np.int64), np.column_stack([1 - chance, chance])),
        "regression": (actual, signal),
    }[kind]
    model = Sliceable(labels=labels, outputs=outputs, task=task, metric=task.metric(None), seed=seed)
    return worst_slices([grouped(name, column) for name, column in values.items()], model)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_a_slice_on_which_a_model_is_worse_comes_first_for_every_task(kind: str) -> None:
    worst = searched(kind, 0, worse="single").slices[0]
    assert worst.conditions == {"store": "2"}
    assert worst.gap > 0
    assert worst.interval[0] <= worst.metric <= worst.interval[1]


def test_a_slice_of_two_columns_is_found_though_neither_says_it_alone() -> None:
    worst = searched("regression", 1, worse="pair").slices[0]
    assert worst.conditions.keys() == {"store", "distance"}


def test_where_no_slice_is_worse_hardly_any_search_lists_one() -> None:
    searches = [searched("binary", seed) for seed in range(10)]
    assert all(search.examined > 50 for search in searches)
    assert sum(bool(search.slices) for search in searches) <= 1


def test_declared_slices_are_measured_where_they_have_rows_enough() -> None:
    labels = np.arange(200) % 2 == 0
    task = training_task_of(TaskSpec(kind="binary"))
    stores = grouped("store", ["a"] * 120 + ["b"] * 60 + [None] * 20)
    model = Sliceable(
        labels=labels, outputs=np.where(labels, 0.8, 0.3), task=task, metric=task.metric("accuracy")
    )
    first, second, missing = declared_slices([stores], model)
    assert (first.name, first.rows, first.metric, first.gap) == ("store = a", 120, 1.0, 0.0)
    assert second.rows == 60
    assert missing.note == "20 rows, and a slice needs 50"
    assert rows_of(missing.conditions, [stores]).sum() == 20


def test_questions_that_were_not_tested_count_too() -> None:
    assert holm([0.001, 0.04], 40) == [0.04, 1.0]
