"""Explainers: their values add up to the score, and are those of the definition and of the libraries."""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost

from keepfit.explanations.explainer import Explainer, from_bytes, to_bytes
from keepfit.features.schema.signature import Column, Signature
from keepfit.training.definition import CandidateDefinition
from keepfit.training.explanation.background import usual_rows
from keepfit.training.explanation.explainers import explainer_of, uncalibrated
from keepfit.training.explanation.split_trees import SplitTree, leaf_paths
from keepfit.training.recipes.base import Fitted
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
COLUMNS = [Column(name=f"c{place}", source="input", type="float") for place in range(5)]
SIGNATURE = Signature(model="m", label="y", event_time=None, columns=COLUMNS)
DRAWN = ("dummy", "stacking")
"""Neither trees nor one line: their values are drawn, and say how unsure they are."""


def fitted_to(kind: str, algorithm: str, **parameters: Any) -> Fitted:
    table = rows(300, kind=kind)
    given = {**SMALL.get(algorithm, {}), **parameters}
    candidate = CandidateDefinition(algorithm=algorithm, parameters=given)
    return fit(candidate, table.features, table.labels, task=task_of(kind), code_sizes=CODE_SIZES, seed=0)


def kept(fitted: Fitted, kind: str) -> Explainer:
    """The explainer as it is read from its file."""
    features, estimator = rows(300, kind=kind).features, task_of(kind).estimator
    made = explainer_of(fitted, features, SIGNATURE, kind=estimator, seed=0)
    assert from_bytes(to_bytes(made)) == made
    return from_bytes(to_bytes(made))


@pytest.mark.parametrize(("kind", "algorithm"), PAIRS)
def test_values_and_base_add_up_to_what_the_model_answers(kind: str, algorithm: str) -> None:
    fitted, unseen = fitted_to(kind, algorithm), rows(12, seed=1, kind=kind).features
    explained = kept(fitted, kind).explain(unseen, fitted.predict)
    model = fitted if algorithm in DRAWN else uncalibrated(fitted)
    assert explained.outputs() == pytest.approx(model.raw(unseen), rel=1e-5, abs=1e-5)
    assert (explained.standard_error is None) == (algorithm not in DRAWN)
    assert explained.values.shape[:2] == (12, 5)


def test_a_row_is_explained_alike_alone_and_among_others() -> None:
    fitted, unseen = fitted_to("binary", "lightgbm"), rows(40, seed=1).features
    explainer = kept(fitted, "binary")
    together = explainer.explain(unseen, fitted.predict).values
    alone = [explainer.explain(unseen[n : n + 1], fitted.predict).values[0] for n in range(40)]
    assert together == pytest.approx(np.array(alone), abs=1e-12)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_values_of_boosting_are_those_of_its_library(kind: str) -> None:
    table, unseen = rows(300, kind=kind), rows(30, seed=2, kind=kind).features
    objective = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}[kind]
    classes = {"num_class": 3} if kind == "multiclass" else {}
    given = {"objective": objective, "num_leaves": 8, "verbosity": -1, "seed": 0, **classes}
    booster = lightgbm.train(given, lightgbm.Dataset(table.features, table.labels), 10)
    theirs = booster.predict(unseen, pred_contrib=True).reshape(30, -1, table.features.shape[1] + 1)
    ours = of_library("lightgbm", booster, len(theirs[0])).values(unseen)
    assert ours == pytest.approx(np.moveaxis(theirs[:, :, :-1], 1, 2), abs=1e-5)


def test_values_of_xgboost_are_its_own() -> None:
    table, unseen = rows(300), rows(30, seed=2).features
    booster = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 3, "seed": 0},
        xgboost.DMatrix(table.features, table.labels),
        10,
    )
    theirs = booster.predict(xgboost.DMatrix(unseen), pred_contribs=True)
    paths = of_library("xgboost", booster, 1)
    assert paths.values(unseen)[:, :, 0] == pytest.approx(theirs[:, :-1], abs=1e-5)


def of_library(name: str, booster: Any, scores: int) -> Any:
    """The leaf paths of a library's own model, by the readers of the recipes."""
    import importlib  # noqa: PLC0415

    recipe = importlib.import_module(f"keepfit.training.recipes.{name}")
    if name == "lightgbm":
        trees = [recipe._tree(info["tree_structure"]) for info in booster.dump_model()["tree_info"]]
    else:
        import json  # noqa: PLC0415

        model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]
        trees = [recipe._tree(tree) for tree in model["trees"]]
    split = [
        SplitTree(
            column=tree.column,
            threshold=tree.threshold
            if name == "lightgbm"
            else np.nextafter(tree.threshold, np.float32(-np.inf)),
            missing_left=tree.missing_left,
            left=tree.left,
            right=tree.right,
            rows=tree.rows,
            value=np.outer(tree.value, np.eye(scores)[number % scores]),
        )
        for number, tree in enumerate(trees)
    ]
    return leaf_paths(split, np.zeros(scores), most=10**6)


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


# Column 0 is tested twice on one path, and a number is missing.
TREE = SplitTree(
    column=np.array([0, 1, 0, -1, -1, 2, -1, -1, -1]),
    threshold=np.array([0.5, 0.2, 0.8, 0, 0, -0.1, 0, 0, 0]),
    missing_left=np.array([True, False, True, False, False, True, False, False, False]),
    left=np.array([1, 3, 5, -1, -1, 6, -1, -1, -1]),
    right=np.array([2, 4, 8, -1, -1, 7, -1, -1, -1]),
    rows=np.array([100.0, 60, 40, 35, 25, 30, 10, 20, 10]),
    value=np.array([0.0, 0, 0, 3.0, -1.0, 0, 2.5, 0.5, 7.0])[:, None],
)


def test_values_of_a_tree_are_those_of_the_definition() -> None:
    some = np.array([[0.1, 0.9, 0.0], [0.7, 0.1, -0.5], [0.9, 0.3, 0.4], [np.nan, np.nan, 0.4]], np.float32)
    paths = leaf_paths([TREE], np.zeros(1), most=100)
    assert paths is not None
    by_hand = np.array([by_definition(TREE, row) for row in some])
    assert paths.values(some)[:, :, 0] == pytest.approx(by_hand, abs=1e-6)
    assert paths.base[0] == pytest.approx(0.35 * 3 - 0.25 + 0.1 * 2.5 + 0.2 * 0.5 + 0.1 * 7)


def test_a_way_that_no_training_row_went_adds_up_too() -> None:
    tree = SplitTree(
        column=np.array([0, -1, -1]),
        threshold=np.array([0.5, 0, 0]),
        missing_left=np.zeros(3, np.bool_),
        left=np.array([1, -1, -1]),
        right=np.array([2, -1, -1]),
        rows=np.array([10.0, 10, 0]),
        value=np.array([0.0, 1.0, 5.0])[:, None],
    )
    paths = leaf_paths([tree], np.zeros(1), most=100)
    assert paths is not None
    values = paths.values(np.array([[0.1], [0.9], [np.nan]], np.float32))
    assert paths.base[0] + values[:, 0, 0] == pytest.approx([1.0, 5.0, 5.0])


def test_trees_with_too_many_tests_are_explained_by_their_answers() -> None:
    assert leaf_paths([TREE], np.zeros(1), most=8) is None
    assert leaf_paths([TREE], np.zeros(1), most=9) is not None


def test_a_missing_number_in_a_forest_counts_as_the_median_it_is_replaced_by() -> None:
    fitted = fitted_to("binary", "random_forest")
    unseen = rows(20, seed=3).features.copy()
    unseen[:, -1] = np.nan
    explained = kept(fitted, "binary").explain(unseen, fitted.predict)
    assert explained.outputs() == pytest.approx(uncalibrated(fitted).raw(unseen), abs=1e-5)


def test_usual_rows_hold_the_quantiles_of_each_column_and_no_row_of_the_table() -> None:
    random = np.random.default_rng(0)
    table = np.column_stack([random.normal(size=(500, 4)), np.where(random.random(500) < 0.25, np.nan, 1)])
    usual = usual_rows(table.astype(np.float32), [1, 3, 1], random)
    assert usual.shape == (64, 5)
    assert np.isnan(usual[:, 4]).mean() == pytest.approx(0.25, abs=0.05)
    assert np.median(usual[:, 0]) == pytest.approx(np.median(table[:, 0]), abs=0.1)
    assert not {tuple(row) for row in usual[:, :4].tolist()} & {tuple(row) for row in table[:, :4].tolist()}
