"""Histogram gradient boosting on codes and raw numbers: small steps, few but large leaves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.recipes.estimator import Columns, EstimatorRecipe, Stopping, between
from keepfit.training.recipes.search_space import Real, SearchSpace, Whole
from keepfit.training.recipes.tree_ensemble_onnx import round_down

_STEPS, _LEARNING_RATE = 150, 0.05
# Each step grows a tree for each class.
_MAX_TREES, _LEAST_STEPS, _MAX_LEARNING_RATE = 3_000, 10, 0.3


def _assemble(boosting: type[Any], parameters: Mapping[str, Any], _columns: Columns) -> Any:
    # Codes are ordered by label rate and NaN is its own branch: categorical_features and imputing would both break
    # the export.
    return boosting(**parameters)


def _parameters(task: TrainingTask, rows: int) -> Mapping[str, Any]:
    """Of many classes fewer and larger steps."""
    steps = between(_LEAST_STEPS, _MAX_TREES / task.scores, _STEPS)
    return {
        "max_iter": steps,
        "learning_rate": min(_LEARNING_RATE * _STEPS / steps, _MAX_LEARNING_RATE),
        "max_leaf_nodes": 15,
        "min_samples_leaf": between(5, rows / 200, 100),
        "max_features": 0.3,
        "l2_regularization": 1.0,
        "early_stopping": False,
    }


def _round_splits_down(estimator: Any) -> None:
    """Rounds float64 split thresholds to float32, which changes no answer to float32 rows.

    ONNX holds float32 thresholds, and the converter rounds to the nearest: a value between both would change sides.
    The converter rounds down for forests itself.
    """
    for tree in (tree for step in estimator._predictors for tree in step):  # noqa: SLF001 -- the converter reads them too
        tree.nodes["num_threshold"] = round_down(tree.nodes["num_threshold"])


# Steps stay as many as they are: how large they are is the same choice, and costs nothing.
_SPACE: SearchSpace = {
    "learning_rate": Real(low=0.02, high=0.4, log=True),
    "max_leaf_nodes": Whole(low=4, high=63, log=True),
    "min_samples_leaf": Whole(low=5, high=200, log=True),
    "max_features": Real(low=0.2, high=1.0),
    "l2_regularization": Real(low=0.01, high=30.0, log=True),
}

RECIPE = EstimatorRecipe(
    parameters=_parameters,
    assemble={
        "classifier": partial(_assemble, HistGradientBoostingClassifier),
        "regressor": partial(_assemble, HistGradientBoostingRegressor),
    },
    spaces={"classifier": _SPACE, "regressor": _SPACE},
    finish=_round_splits_down,
    stopping=Stopping(switch="early_stopping", steps="max_iter"),
)
