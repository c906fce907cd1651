"""Logistic or least squares regression with an elastic net, on one-hot codes and scaled numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.linear_model import ElasticNet, LogisticRegression
from sklearn.pipeline import Pipeline

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.recipes.estimator import Columns, EstimatorRecipe
from keepfit.training.recipes.preparation import one_hot_and_scaled
from keepfit.training.recipes.search_space import Real

_MIXED = Real(low=0.0, high=1.0)


def _classifier(parameters: Mapping[str, Any], columns: Columns) -> Pipeline:
    # The one solver that knows both penalties; it stops where digits do not count any more.
    return one_hot_and_scaled(columns, LogisticRegression(solver="saga", tol=1e-3, **parameters))


def _regressor(parameters: Mapping[str, Any], columns: Columns) -> Pipeline:
    return one_hot_and_scaled(columns, ElasticNet(**parameters))


def _parameters(task: TrainingTask, _rows: int) -> Mapping[str, Any]:
    if task.estimator == "classifier":
        return {"C": 0.1, "l1_ratio": 0.5, "max_iter": 300}
    return {"alpha": 0.003, "l1_ratio": 0.5, "max_iter": 2000}


RECIPE = EstimatorRecipe(
    parameters=_parameters,
    assemble={"classifier": _classifier, "regressor": _regressor},
    spaces={
        "classifier": {"C": Real(low=0.001, high=100.0, log=True), "l1_ratio": _MIXED},
        "regressor": {"alpha": Real(low=1e-5, high=1.0, log=True), "l1_ratio": _MIXED},
    },
)
