"""Fairness: the same figures as fairlearn's, with what chance makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.evaluation.fairness import fairness
from keepfit.evaluation.slices.groups import categories, grouped
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.tasks.spec import TaskSpec

BINARY = training_task_of(TaskSpec(kind="binary"))


def test_rates_and_gaps_are_those_of_fairlearn() -> None:
    at = np.arange(600)
    sexes = np.array(["a", "b", "c"])[np.digitize(at * 7 % 10, [5, 8])]
    labels = (at * at * 31 + at * 17) % 97 < np.where(sexes == "b", 55, 35)
    scores = (at * at * 13 + at * 29) % 101 / 101 * 0.7 + 0.3 * labels

    found = fairness(categories("sex", sexes.tolist()), labels, scores, task=BINARY)

    # Computed by fairlearn 0.15.0: MetricFrame(...).by_group and .difference() of selection_rate, true_positive_rate
    # and false_positive_rate with y_pred = scores >= 0.5.
    theirs = {
        "selection rate": ([0.47333333333333333, 0.6388888888888888, 0.525], 0.1655555555555555),
        "true positive rate": (
            [0.7238095238095238, 0.7165354330708661, 0.7843137254901961],
            0.06777829241932998,
        ),
        "false positive rate": (
            [0.3384615384615385, 0.4528301886792453, 0.3333333333333333],
            0.11949685534591198,
        ),
    }
    gaps = {gap.rate: gap for gap in found.gaps}
    for rate, (by_group, difference) in theirs.items():
        assert [group.rates[rate] for group in found.groups] == pytest.approx(by_group, abs=1e-12)
        assert gaps[rate].gap == pytest.approx(difference, abs=1e-12)
    assert (gaps["selection rate"].lowest, gaps["selection rate"].highest) == ("a", "b")
    # fairlearn's demographic_parity_difference and equalized_odds_difference of the same.
    assert gaps["selection rate"].gap == pytest.approx(0.1655555555555555)
    assert max(gaps[f"{way} positive rate"].gap for way in ("true", "false")) == pytest.approx(
        0.11949685534591198
    )


def test_groups_that_are_alike_have_gaps_of_chance_whose_interval_begins_at_zero() -> None:
    begins = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        labels = random.random(400) < 0.4
        groups = grouped("sex", random.choice(["a", "b", "c"], 400).tolist())
        found = fairness(groups, labels, random.random(400), task=BINARY, seed=seed)
        begins += [gap.interval[0] == 0 for gap in found.gaps if gap.rate == "selection rate"]
    assert sum(begins) >= 18


def test_a_group_of_few_rows_is_reported_and_makes_no_gap() -> None:
    labels = np.arange(120) % 2 == 0
    found = fairness(
        categories("sex", ["a"] * 60 + ["b"] * 55 + ["c"] * 5),
        labels,
        np.where(labels, 0.9, 0.1),
        task=BINARY,
    )
    assert [(group.group, group.rows) for group in found.groups] == [("a", 60), ("b", 55), ("c", 5)]
    assert {end for gap in found.gaps for end in (gap.lowest, gap.highest)} <= {"a", "b"}


def test_classes_and_values_have_rates_too() -> None:
    groups = categories("sex", ["a", "b"] * 50)
    classes = training_task_of(TaskSpec(kind="multiclass", classes=["cat", "dog"]))
    answers = np.arange(100) // 2 % 2
    found = fairness(groups, answers, np.eye(2)[answers], task=classes)
    assert found.groups[0].rates["dog: selection rate"] == pytest.approx(0.5, abs=0.05)
    values = training_task_of(TaskSpec(kind="regression"))
    shifted = fairness(groups, np.zeros(100), np.tile([1.0, 3.0], 50), task=values)
    assert [gap.gap for gap in shifted.gaps] == [2.0, 2.0, 2.0]
