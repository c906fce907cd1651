"""Makes the explainer of a fitted model: exact of trees and linear ones, by drawn orders of any other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.evaluation.tasks.target import Target
from keepfit.explanations.contributions import Numbers, Unit
from keepfit.explanations.explainer import Explainer
from keepfit.explanations.linear_shap import CodeTerm, LinearTerms, NumberTerm
from keepfit.explanations.sampled_shap import DrawnOrders
from keepfit.explanations.tree_shap import LeafPaths
from keepfit.features.encoding.numbers import numbers_of
from keepfit.features.schema.signature import Signature
from keepfit.training.calibration.calibrated import Calibrated
from keepfit.training.explanation.background import usual_rows
from keepfit.training.explanation.split_trees import SplitTree, leaf_paths
from keepfit.training.recipes.base import Fitted, Matrix
from keepfit.training.recipes.boosting import FittedBoosting
from keepfit.training.recipes.estimator import FittedEstimator
from keepfit.training.recipes.tree_ensemble_onnx import Ensemble

MAX_TESTS: Final = 1_000_000
"""Tests on the paths of an explainer's leaves: 17 MB, and a tenth of a second for each row."""
_MAX_ROWS: Final = 2_000

Exact = tuple[LeafPaths | LinearTerms, Unit]
DRAWN_UNIT: Final[Mapping[Estimator, Unit]] = {"classifier": "probability", "regressor": "value"}


def explainer_of(
    fitted: Fitted, rows: Matrix, signature: Signature, *, kind: Estimator, seed: int
) -> Explainer:
    """The explainer of a model: of its score before a calibration, or else of its answer.

    Args:
        fitted: the model.
        rows: (rows, numbers) encoded rows; what is usual is learned from some of them.
        signature: the columns of the rows.
        kind: what the model does.
        seed: of what is drawn.
    """
    random = np.random.default_rng(seed)
    some = rows[np.sort(random.permutation(len(rows))[:_MAX_ROWS])]
    columns = {column.name: len(numbers_of(column).numbers) for column in signature.model_columns}
    exact = _exact(uncalibrated(fitted), some)
    way, unit = exact or (DrawnOrders(seed=seed), DRAWN_UNIT[kind])
    background = usual_rows(some, [*columns.values()], random)
    return Explainer(columns=columns, unit=unit, way=way, background=background.tobytes())


def uncalibrated(fitted: Fitted) -> Fitted:
    """The model as it was fitted."""
    return fitted.fitted if isinstance(fitted, Calibrated) else fitted


def _exact(fitted: Fitted, rows: Matrix) -> Exact | None:
    if isinstance(fitted, FittedBoosting):
        unit: Unit = "value" if fitted.link == "target" else "log-odds"
        return _of_trees(*_boosting(fitted.boosted.ensemble()), unit, fitted.target)
    if isinstance(fitted, FittedEstimator):
        estimator = fitted.estimator
        explain = _EXACT.get(
            type(estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator).__name__
        )
        return None if explain is None else explain(estimator, rows, fitted.target)
    return None


def _of_trees(trees: list[SplitTree], start: Numbers, unit: Unit, target: Target) -> Exact | None:
    scale, shift, unit = _in_unit_of(target, unit)
    scaled = [dataclasses.replace(tree, value=tree.value * scale) for tree in trees]
    paths = leaf_paths(scaled, start * scale + shift, most=MAX_TESTS)
    return None if paths is None else (paths, unit)


def _in_unit_of(target: Target, unit: Unit) -> tuple[float, float, Unit]:
    """The factor and the term that make a score one in the unit of the label, or of its logarithm."""
    if unit != "value":
        return 1.0, 0.0, unit
    return target.scale, target.predicted_shift, "logarithm of the value" if target.is_logarithm else "value"


def _boosting(ensemble: Ensemble) -> tuple[list[SplitTree], Numbers]:
    scores = len(ensemble.base)
    trees = [
        SplitTree(
            column=tree.column,
            threshold=_at_most(tree.threshold, included=ensemble.includes_threshold),
            missing_left=tree.missing_left,
            left=tree.left,
            right=tree.right,
            rows=tree.rows,
            value=np.outer(tree.value, np.eye(scores)[number % scores]),
        )
        for number, tree in enumerate(ensemble.trees)
    ]
    return trees, np.asarray(ensemble.base, dtype=np.float64)


def _at_most(threshold: npt.NDArray[np.float32], *, included: bool) -> Numbers:
    """The greatest numbers that go left: where a threshold does not, the one before it."""
    greatest = threshold if included else np.nextafter(threshold, np.float32(-np.inf))
    return greatest.astype(np.float64)


def _hist_gradient_boosting(boosting: Any, _rows: Matrix, target: Target) -> Exact | None:
    steps = boosting._predictors  # noqa: SLF001 -- the converter to ONNX reads them too
    scores = len(steps[0])
    trees = [
        SplitTree(
            column=tree.nodes["feature_idx"].astype(np.int64),
            threshold=tree.nodes["num_threshold"].astype(np.float64),
            missing_left=tree.nodes["missing_go_to_left"].astype(np.bool_),
            left=np.where(tree.nodes["is_leaf"], -1, tree.nodes["left"].astype(np.int64)),
            right=np.where(tree.nodes["is_leaf"], -1, tree.nodes["right"].astype(np.int64)),
            rows=tree.nodes["count"].astype(np.float64),
            value=np.outer(tree.nodes["value"], np.eye(scores)[number]),
        )
        for step in steps
        for number, tree in enumerate(step)
    ]
    start = np.asarray(boosting._baseline_prediction, dtype=np.float64).reshape(-1)  # noqa: SLF001
    return _of_trees(trees, start, _unit(boosting, "log-odds"), target)


def _forest(pipeline: Any, _rows: Matrix, target: Target) -> Exact | None:
    forest, medians = pipeline[-1], pipeline[0].statistics_
    trees = [_of_forest(each.tree_, len(forest.estimators_), medians) for each in forest.estimators_]
    start = np.zeros(trees[0].value.shape[1])
    return _of_trees(trees, start, _unit(forest, "probability"), target)


def _of_forest(tree: Any, trees: int, medians: npt.NDArray[np.float64]) -> SplitTree:
    """A tree whose leaves hold a value or shares; a missing number goes where its median goes."""
    value = np.asarray(tree.value[:, 0, :], dtype=np.float64)
    value = value[:, 1:] if value.shape[1] == 2 else value
    filled = np.nan_to_num(medians).astype(np.float32)[np.maximum(tree.feature, 0)]
    return SplitTree(
        column=tree.feature,
        threshold=tree.threshold,
        missing_left=filled <= tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        rows=tree.weighted_n_node_samples,
        value=value / trees,
    )


def _linear(pipeline: Any, rows: Matrix, target: Target) -> Exact:
    prepare, model = pipeline[-2], pipeline[-1]
    scale, shift, unit = _in_unit_of(target, _unit(model, "log-odds"))
    weights = np.atleast_2d(model.coef_).T * scale
    usual = np.asarray(prepare.transform(rows), dtype=np.float64).mean(axis=0)
    numbers: list[NumberTerm] = []
    codes: list[CodeTerm] = []
    first = 0
    for name, part, chosen in prepare.transformers_:
        for number, column in enumerate(chosen):
            width = len(part.categories_[number]) if name == "codes" else 1
            used = slice(first, first + width)
            first += width
            if name == "codes":
                codes.append(_code_term(column, weights[used], usual[used]))
            else:
                numbers.append(_number_term(column, part, number, weights[used], usual[used]))
    base = np.atleast_1d(model.intercept_) * scale + shift + usual @ weights
    return LinearTerms(base=base.tolist(), numbers=numbers, codes=codes), unit


def _code_term(place: int, weights: Numbers, usual: Numbers) -> CodeTerm:
    """Codes are whole numbers from 0 on, each of which has a weight."""
    other = -usual @ weights
    return CodeTerm(place=place, known=(weights + other).tolist(), other=other.tolist())


def _number_term(place: int, prepared: Any, number: int, weights: Numbers, usual: Numbers) -> NumberTerm:
    fill = float(np.nan_to_num(prepared["impute"].statistics_[number]))
    mean, scale = prepared["scale"].mean_[number], prepared["scale"].scale_[number]
    weight = weights[0] / scale
    return NumberTerm(
        place=place,
        fill=fill,
        weight=weight.tolist(),
        offset=(-weight * mean - weights[0] * usual[0]).tolist(),
    )


def _unit(estimator: Any, of_classes: Unit) -> Unit:
    return of_classes if hasattr(estimator, "classes_") else "value"


_EXACT: Final[Mapping[str, Callable[[Any, Matrix, Target], Exact | None]]] = {
    "HistGradientBoostingClassifier": _hist_gradient_boosting,
    "HistGradientBoostingRegressor": _hist_gradient_boosting,
    "RandomForestClassifier": _forest,
    "RandomForestRegressor": _forest,
    "ExtraTreesClassifier": _forest,
    "ExtraTreesRegressor": _forest,
    "LogisticRegression": _linear,
    "Ridge": _linear,
    "ElasticNet": _linear,
}
