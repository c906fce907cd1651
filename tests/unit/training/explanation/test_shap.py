"""SHAP values: they add up to the score, are those of the definition, and say what they miss."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pytest

from keepfit.training.definition import CandidateDefinition
from keepfit.training.explanation.of_models import contributions
from keepfit.training.explanation.tree_shap import SplitTree, tree_shap
from keepfit.training.recipes.boosting import FittedBoosting
from keepfit.training.trials.fit_candidate import fit
from tests.unit.training.support.tables import CODE_SIZES, PAIRS, rows, task_of

SMALL = {
    "hist_gradient_boosting": {"max_iter": 8},
    "lightgbm": {"n_estimators": 8},
    "xgboost": {"n_estimators": 8},
    "random_forest": {"n_estimators": 5, "max_leaf_nodes": 12},
    "extra_trees": {"n_estimators": 5, "max_leaf_nodes": 12},
    "stacking": {"lightgbm__n_estimators": 8, "xgboost__n_estimators": 8},
}
DRAWN = ("dummy", "stacking")
"""Neither trees nor one line: their values are drawn, and say how unsure they are."""


@pytest.mark.parametrize(("kind", "algorithm"), PAIRS)
def test_values_and_base_add_up_to_what_the_model_answers(kind: str, algorithm: str) -> None:
    table, unseen = rows(300, kind=kind), rows(12, seed=1, kind=kind).features
    candidate = CandidateDefinition(algorithm=algorithm, parameters=SMALL.get(algorithm, {}))
    fitted = fit(candidate, table.features, table.labels, task=task_of(kind), code_sizes=CODE_SIZES, seed=0)
    explained = contributions(fitted, unseen, table.features[:50], seed=0)
    assert explained.outputs() == pytest.approx(fitted.raw(unseen), rel=1e-5, abs=1e-5)
    assert (explained.standard_error is None) == (algorithm not in DRAWN)


def by_definition(tree: SplitTree, row: np.ndarray) -> np.ndarray:
    """(columns,) Shapley values, over all sets of known columns."""

    def expected(known: tuple[int, ...], node: int = 0) -> float:
        if tree.left[node] < 0:
            return float(tree.value[node, 0])
        left, right = int(tree.left[node]), int(tree.right[node])
        column = int(tree.column[node])
        if column in known:
            number = row[column]
            goes_left = tree.missing_left[node] if np.isnan(number) else number <= tree.threshold[node]
            return expected(known, left if goes_left else right)
        share = tree.rows[left] / tree.rows[node]
        return share * expected(known, left) + (1 - share) * expected(known, right)

    columns, values = len(row), np.zeros(len(row))
    for column in range(columns):
        others = [other for other in range(columns) if other != column]
        for size in range(columns):
            weight = factorial(size) * factorial(columns - size - 1) / factorial(columns)
            for known in combinations(others, size):
                values[column] += weight * (expected((*known, column)) - expected(known))
    return values


def test_values_of_a_tree_are_those_of_the_definition() -> None:
    # Column 0 is tested twice on one path, and a number is missing.
    tree = SplitTree(
        column=np.array([0, 1, 0, -1, -1, 2, -1, -1, -1]),
        threshold=np.array([0.5, 0.2, 0.8, 0, 0, -0.1, 0, 0, 0]),
        missing_left=np.array([True, False, True, False, False, True, False, False, False]),
        left=np.array([1, 3, 5, -1, -1, 6, -1, -1, -1]),
        right=np.array([2, 4, 8, -1, -1, 7, -1, -1, -1]),
        rows=np.array([100.0, 60, 40, 35, 25, 30, 10, 20, 10]),
        value=np.array([0.0, 0, 0, 3.0, -1.0, 0, 2.5, 0.5, 7.0])[:, None],
    )
    some = np.array([[0.1, 0.9, 0.0], [0.7, 0.1, -0.5], [0.9, 0.3, 0.4], [np.nan, np.nan, 0.4]], np.float32)
    base, values = tree_shap([tree], some)
    assert values[:, :, 0] == pytest.approx(np.array([by_definition(tree, row) for row in some]))
    assert base[0] == pytest.approx(0.35 * 3 - 0.25 + 0.1 * 2.5 + 0.2 * 0.5 + 0.1 * 7)


def test_values_of_trees_are_those_of_lightgbm() -> None:
    table, task = rows(500), task_of("binary")
    given = {"n_estimators": 10, "num_leaves": 8, "subsample": 1.0, "colsample_bytree": 1.0}
    candidate = CandidateDefinition(algorithm="lightgbm", parameters=given)
    fitted = fit(candidate, table.features, table.labels, task=task, code_sizes=CODE_SIZES, seed=0)
    assert isinstance(fitted, FittedBoosting)
    trees = []
    for tree in fitted.boosted.ensemble().trees:
        reached = np.zeros(len(tree.left))
        for row in table.features:
            node = 0
            while True:
                reached[node] += 1
                if tree.left[node] < 0:
                    break
                number = row[tree.column[node]]
                left = tree.missing_left[node] if np.isnan(number) else number <= tree.threshold[node]
                node = tree.left[node] if left else tree.right[node]
        trees.append(
            SplitTree(
                column=tree.column,
                threshold=tree.threshold.astype(np.float64),
                missing_left=tree.missing_left,
                left=tree.left,
                right=tree.right,
                rows=reached,
                value=tree.value[:, None],
            )
        )
    unseen = rows(30, seed=2).features
    base, values = tree_shap(trees, unseen)
    theirs = fitted.boosted.contributions(unseen)
    assert base == pytest.approx(theirs[0], abs=1e-6)
    assert values == pytest.approx(theirs[1], abs=1e-6)
