"""Ridge regression on one-hot codes and scaled numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.recipes.estimator import Columns, EstimatorRecipe
from keepfit.training.recipes.preparation import one_hot_and_scaled
from keepfit.training.recipes.search_space import Real


def _assemble(parameters: Mapping[str, Any], columns: Columns) -> Pipeline:
    return one_hot_and_scaled(columns, Ridge(**parameters))


def _parameters(_task: TrainingTask, _rows: int) -> Mapping[str, Any]:
    return {"alpha": 10.0}


RECIPE = EstimatorRecipe(
    parameters=_parameters,
    assemble={"regressor": _assemble},
    spaces={"regressor": {"alpha": Real(low=0.01, high=1000.0, log=True)}},
)
