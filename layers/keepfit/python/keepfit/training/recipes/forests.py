"""The shared parts of forest recipes: defaults, assembly, exact export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sklearn.pipeline import Pipeline

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.training.recipes.estimator import Columns, between
from keepfit.training.recipes.preparation import imputer
from keepfit.training.recipes.search_space import Real, SearchSpace, Whole

# Weights of leaves in one tree: a leaf has one for each class.
_MAX_WEIGHTS = 6_000

_SPACE: SearchSpace = {
    "n_estimators": Whole(low=30, high=120),
    "max_leaf_nodes": Whole(low=30, high=600, log=True),
    "min_samples_leaf": Whole(low=1, high=50, log=True),
    "max_features": Real(low=0.1, high=1.0),
    "max_samples": Real(low=0.3, high=0.9),
}
FOREST_SPACES: Final[Mapping[Estimator, SearchSpace]] = {"classifier": _SPACE, "regressor": _SPACE}


def assemble_forest(forest: type[Any], parameters: Mapping[str, Any], _columns: Columns) -> Pipeline:
    """A ``forest`` behind an imputer: one that was trained with NaN exports wrongly."""
    return Pipeline([("impute", imputer()), ("forest", forest(**parameters))])


def forest_parameters(task: TrainingTask, rows: int, **more: Any) -> Mapping[str, Any]:
    """The largest export of all: near 1.5 MB for one score; one core fits 80,000 x 15 in under 4 s."""
    return {
        "n_estimators": 60,
        "max_leaf_nodes": between(30, _MAX_WEIGHTS / task.scores, 300),
        "min_samples_leaf": between(2, rows / 300, 30),
        "max_features": 0.3,
        "max_samples": 0.5,
        **more,
    }
