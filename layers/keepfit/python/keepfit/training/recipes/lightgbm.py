"""LightGBM on codes and raw numbers: small steps, as many as validation rows still profit from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from keepfit.training.recipes.base import Matrix
from keepfit.training.recipes.boosting import (
    Boosted,
    BoostingProblem,
    BoostingRecipe,
    learning_rate,
    library_parameters,
)
from keepfit.training.recipes.estimator import between
from keepfit.training.recipes.libraries import library
from keepfit.training.recipes.search_space import Real, Whole
from keepfit.training.recipes.tree_ensemble_onnx import Ensemble, Link, Tree, round_down

_OBJECTIVES: Final[Mapping[Link, str]] = {
    "sigmoid": "binary",
    "softmax": "multiclass",
    "target": "regression",
}
# kZeroThreshold in LightGBM/meta.h
_ZERO: Final = np.float32(1e-35)
# What is filtered out by the least rows of a leaf in one fit may be needed by the next.
_OF_SHARED_BINS: Final = {"feature_pre_filter": False}
_ALWAYS: Final = {"verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True}


def _tuned(rows: int) -> Mapping[str, Any]:
    return {
        "learning_rate": learning_rate(rows),
        "num_leaves": between(15, rows / 1000, 31),
        "min_child_samples": between(5, rows / 200, 100),
        "colsample_bytree": 0.8,
        "subsample": 0.8,
        "subsample_freq": 1,
        "reg_lambda": 1.0,
    }


def _boost(problem: BoostingProblem, parameters: Mapping[str, Any]) -> Boosted:
    lightgbm = library("lightgbm")
    given = library_parameters(parameters, problem, objectives=_OBJECTIVES, always=_ALWAYS)
    steps = given.pop("n_estimators")
    if problem.shared is not None:
        given.update(_OF_SHARED_BINS)
    data, seen = _datasets(lightgbm, problem, given)
    try:
        booster = lightgbm.train(given, data, num_boost_round=steps, valid_sets=seen)
    except lightgbm.basic.LightGBMError as error:
        raise ValueError(str(error)) from error
    kept = booster.best_iteration if seen and booster.best_iteration > 0 else booster.current_iteration()

    def answer(features: Matrix) -> npt.NDArray[np.float64]:
        return np.asarray(booster.predict(features, num_iteration=kept, num_threads=1))

    return Boosted(
        answer=answer,
        steps=kept,
        ensemble=lambda: Ensemble(
            trees=[
                _tree(info["tree_structure"]) for info in booster.dump_model(num_iteration=kept)["tree_info"]
            ],
            base=np.zeros(problem.outputs),
            includes_threshold=True,
        ),
    )


def _datasets(lightgbm: Any, problem: BoostingProblem, given: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The rows in LightGBM's bins, and those that validate in the same bins."""
    rows, unseen = problem.rows, problem.validation

    def of_rows() -> Any:
        return lightgbm.Dataset(rows.features, rows.learned, weight=rows.weights, params=given)

    bins = given.get("max_bin")
    data = problem.binned("lightgbm", of_rows, bins)
    if unseen is None:
        return data, []

    def of_unseen() -> Any:
        return data.create_valid(unseen.features, unseen.learned, unseen.weights)

    return data, [problem.binned("lightgbm validation", of_unseen, bins)]


def _tree(root: Mapping[str, Any]) -> Tree:
    nodes = list(_nodes(root))
    number = {id(node): place for place, node in enumerate(nodes)}
    threshold = np.array([node.get("threshold", 0.0) for node in nodes], dtype=np.float64)
    return Tree(
        column=np.array([node.get("split_feature", 0) for node in nodes], dtype=np.int64),
        threshold=_without_tiny_numbers(round_down(threshold)),
        left=np.array([number.get(id(node.get("left_child")), -1) for node in nodes]),
        right=np.array([number.get(id(node.get("right_child")), -1) for node in nodes]),
        missing_left=np.array([_goes_left(node) for node in nodes]),
        value=np.array([node.get("leaf_value", 0.0) for node in nodes], dtype=np.float64),
        rows=np.array([_rows(node) for node in nodes], dtype=np.float64),
    )


def _without_tiny_numbers(threshold: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Thresholds that part what LightGBM parts, which takes numbers of up to ``_ZERO`` for 0."""
    below = np.nextafter(-_ZERO, np.float32(-np.inf))
    tiny = np.where(threshold < 0, below, _ZERO)
    return np.where(np.abs(threshold) <= _ZERO, tiny, threshold)


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    if "left_child" in node:
        yield from _nodes(node["left_child"])
        yield from _nodes(node["right_child"])


def _rows(node: Mapping[str, Any]) -> int:
    """How many training rows came by; a tree of a single leaf does not say."""
    count: int = node.get("internal_count", node.get("leaf_count", 1))
    return count


def _goes_left(node: Mapping[str, Any]) -> bool:
    """Where a missing number goes: as in training, or with 0 if none was missing there."""
    if node.get("missing_type") == "NaN":
        return bool(node["default_left"])
    return bool(node.get("threshold", 0.0) >= 0)


RECIPE = BoostingRecipe(
    tuned=_tuned,
    space={
        "learning_rate": Real(low=0.01, high=0.2, log=True),
        "num_leaves": Whole(low=4, high=63, log=True),
        "min_child_samples": Whole(low=3, high=200, log=True),
        "colsample_bytree": Real(low=0.3, high=1.0),
        "subsample": Real(low=0.5, high=1.0),
        "reg_lambda": Real(low=0.01, high=30.0, log=True),
    },
    accepts=frozenset(
        {
            "num_leaves",
            "max_depth",
            "min_child_samples",
            "min_child_weight",
            "min_split_gain",
            "colsample_bytree",
            "subsample",
            "subsample_freq",
            "max_bin",
        }
    ),
    boost=_boost,
)
