"""Estimates of many groups are drawn to what they have in common, the unsure ones farther."""

from __future__ import annotations

import numpy as np

from keepfit.evaluation.shrinkage import shrink


def test_groups_that_differ_by_chance_alone_are_all_expected_to_be_alike() -> None:
    random = np.random.default_rng(1)
    shrunken = shrink(random.normal(0.7, 0.05, 300), np.full(300, 0.05))
    assert shrunken.spread < 0.02
    assert np.abs(shrunken.values - 0.7).max() < 0.03


def test_the_expectations_of_many_groups_are_nearer_to_the_truth_than_their_estimates() -> None:
    random = np.random.default_rng(2)
    truth = random.normal(0.7, 0.03, 400)
    errors = random.choice([0.005, 0.1], 400)
    estimates = truth + random.normal(0, errors)
    shrunken = shrink(estimates, errors)
    assert abs(shrunken.spread - 0.03) < 0.01
    assert abs(shrunken.centre - 0.7) < 0.01
    assert np.square(shrunken.values - truth).mean() < np.square(estimates - truth).mean() / 5
    within = np.abs(shrunken.values - truth) < 1.96 * shrunken.errors
    assert 0.9 < within.mean() < 0.99


def test_a_sure_group_stays_where_it_is_and_an_unsure_one_goes_to_the_centre() -> None:
    shrunken = shrink(np.array([1.0, 1.0, -1.0]), np.array([0.01, 10.0, 0.01]), centre=0.0)
    assert abs(shrunken.values[0] - 1.0) < 0.01
    assert abs(shrunken.values[1]) < 0.1
    assert shrunken.centre == 0.0
