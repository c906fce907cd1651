"""Logistic regression on one-hot codes and scaled numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.recipes.estimator import Columns, EstimatorRecipe
from keepfit.training.recipes.preparation import one_hot_and_scaled
from keepfit.training.recipes.search_space import Real


def _assemble(parameters: Mapping[str, Any], columns: Columns) -> Pipeline:
    return one_hot_and_scaled(columns, LogisticRegression(**parameters))


def _parameters(_task: TrainingTask, _rows: int) -> Mapping[str, Any]:
    return {"C": 0.1, "max_iter": 300}


RECIPE = EstimatorRecipe(
    parameters=_parameters,
    assemble={"classifier": _assemble},
    spaces={"classifier": {"C": Real(low=0.001, high=100.0, log=True)}},
)
