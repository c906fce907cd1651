"""The SHAP values of fitted models: exact of trees and linear ones, drawn of any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from keepfit.evaluation.tasks.target import Target
from keepfit.training.calibration.calibrated import Calibrated
from keepfit.training.explanation.contributions import Contributions, Numbers, Unit
from keepfit.training.explanation.sampled_shap import sampled_shap
from keepfit.training.explanation.tree_shap import SplitTree, tree_shap
from keepfit.training.recipes.base import Fitted, Matrix
from keepfit.training.recipes.boosting import FittedBoosting
from keepfit.training.recipes.estimator import FittedEstimator

_TREES = "TreeSHAP, exact"
_MAX_DRAWN = 20


def contributions(fitted: Fitted, features: Matrix, background: Matrix, *, seed: int) -> Contributions:
    """The SHAP values of a model for rows, of the score before any calibration.

    Args:
        fitted: the model.
        features: the rows to be explained.
        background: rows whose values stand for what is not known.
        seed: of what is drawn.
    """
    plain = uncalibrated(fitted)
    if isinstance(plain, FittedBoosting):
        base, values = plain.boosted.contributions(features)
        unit: Unit = "value" if plain.link == "target" else "log-odds"
        return _of_target(Contributions(base=base, values=values, unit=unit, method=_TREES), plain.target)
    if isinstance(plain, FittedEstimator):
        exact = _of_estimator(plain.estimator, features, background)
        if exact is not None:
            return _of_target(exact, plain.target)
    return _drawn(plain, features[:_MAX_DRAWN], background, seed)


def uncalibrated(fitted: Fitted) -> Fitted:
    """The model as it was fitted."""
    return fitted.fitted if isinstance(fitted, Calibrated) else fitted


def _drawn(fitted: Fitted, features: Matrix, background: Matrix, seed: int) -> Contributions:
    def score(rows: Matrix) -> Numbers:
        raw = fitted.raw(rows)
        return raw[:, 1:] if raw.shape[1] == 2 else raw

    base, values, error = sampled_shap(score, features, background, seed=seed)
    unit: Unit = "value" if fitted.raw(features[:1]).shape[1] == 1 else "probability"
    return Contributions(base=base, values=values, unit=unit, method="drawn orders", standard_error=error)


def _of_target(found: Contributions, target: Target) -> Contributions:
    """In the unit of the label, or of its logarithm."""
    if found.unit != "value" or target.is_label:
        return found
    unit: Unit = "logarithm of the value" if target.is_logarithm else "value"
    base, values = found.base * target.scale + target.shift, found.values * target.scale
    return Contributions(base=base, values=values, unit=unit, method=found.method)


def _of_estimator(estimator: Any, features: Matrix, background: Matrix) -> Contributions | None:
    name = type(estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator).__name__
    explain = _EXACT.get(name)
    return None if explain is None else explain(estimator, features, background)


def _hist_gradient_boosting(boosting: Any, features: Matrix, _background: Matrix) -> Contributions:
    trees = boosting._predictors  # noqa: SLF001 -- the converter to ONNX reads them too
    scores = len(trees[0])
    split = [
        SplitTree(
            column=tree.nodes["feature_idx"].astype(np.int64),
            threshold=tree.nodes["num_threshold"].astype(np.float64),
            missing_left=tree.nodes["missing_go_to_left"].astype(np.bool_),
            left=np.where(tree.nodes["is_leaf"], -1, tree.nodes["left"].astype(np.int64)),
            right=np.where(tree.nodes["is_leaf"], -1, tree.nodes["right"].astype(np.int64)),
            rows=tree.nodes["count"].astype(np.float64),
            value=np.outer(tree.nodes["value"], np.eye(scores)[number]),
        )
        for step in trees
        for number, tree in enumerate(step)
    ]
    base, values = tree_shap(split, features)
    start = np.asarray(boosting._baseline_prediction, dtype=np.float64).reshape(-1)  # noqa: SLF001
    unit: Unit = "log-odds" if hasattr(boosting, "classes_") else "value"
    return Contributions(base=base + start, values=values, unit=unit, method=_TREES)


def _forest(pipeline: Any, features: Matrix, _background: Matrix) -> Contributions:
    imputed = np.asarray(pipeline[:-1].transform(features), dtype=np.float32)
    forest = pipeline[-1]
    is_classifier = hasattr(forest, "classes_")
    trees = [_of_forest(each.tree_, len(forest.estimators_)) for each in forest.estimators_]
    base, values = tree_shap(trees, imputed)
    unit: Unit = "probability" if is_classifier else "value"
    return Contributions(base=base, values=values, unit=unit, method=_TREES)


def _of_forest(tree: Any, trees: int) -> SplitTree:
    """A tree whose leaves hold a value, or the share of each class."""
    value = np.asarray(tree.value[:, 0, :], dtype=np.float64)
    value = value[:, 1:] if value.shape[1] == 2 else value
    return SplitTree(
        column=tree.feature,
        threshold=tree.threshold,
        missing_left=np.zeros(tree.node_count, dtype=np.bool_),
        left=tree.children_left,
        right=tree.children_right,
        rows=tree.weighted_n_node_samples,
        value=value / trees,
    )


def _linear(pipeline: Any, features: Matrix, background: Matrix) -> Contributions:
    prepare, model = pipeline[:-1], pipeline[-1]
    origins = _origins(prepare[-1])
    prepared, usual = (
        np.asarray(prepare.transform(rows), dtype=np.float64) for rows in (features, background)
    )
    weights = np.atleast_2d(model.coef_)
    mean = usual.mean(axis=0)
    terms = (prepared - mean)[:, :, None] * weights.T
    values = np.zeros((len(features), features.shape[1], len(weights)))
    for term, column in enumerate(origins):
        values[:, column] += terms[:, term]
    unit: Unit = "log-odds" if hasattr(model, "classes_") else "value"
    base = np.atleast_1d(model.intercept_) + weights @ mean
    return Contributions(base=base, values=values, unit=unit, method="terms of a linear model, exact")


def _origins(transformer: Any) -> list[int]:
    """The column that each prepared number comes from."""
    origins: list[int] = []
    for name, part, chosen in transformer.transformers_:
        if name == "codes":
            origins += [c for c, known in zip(chosen, part.categories_, strict=True) for _ in known]
        elif name == "numbers":
            origins += list(chosen)
    return origins


_EXACT: Final[Mapping[str, Callable[[Any, Matrix, Matrix], Contributions]]] = {
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
