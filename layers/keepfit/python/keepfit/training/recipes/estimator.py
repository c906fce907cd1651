"""Recipes of scikit-learn estimators: what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs, ServingTask
from keepfit.training.recipes.base import Matrix
from keepfit.training.recipes.export import to_onnx


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The matrix' category columns; see ``base.Recipe.fit`` for ``code_sizes``."""

    count: int
    code_sizes: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedEstimator:
    """See ``base.Fitted``; ``estimator`` is scikit-learn's."""

    estimator: Any
    columns: int
    task: ServingTask

    def predict(self, features: Matrix) -> Outputs:
        return self.task.read([self.estimator.predict_proba(features)]).astype(np.float64)

    def to_onnx(self) -> bytes:
        return to_onnx(self.estimator, columns=self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatorRecipe:
    """See ``base.Recipe``.

    ``assemble`` makes an estimator that is not fitted yet; ``finish`` changes a fitted one so that its export is exact.
    """

    defaults: Mapping[str, Any]
    assemble: Callable[[Mapping[str, Any], Columns], Any]
    finish: Callable[[Any], None] | None = None

    def fit(
        self,
        features: Matrix,
        labels: Labels,
        *,
        task: TrainingTask,
        parameters: Mapping[str, Any],
        code_sizes: Mapping[int, int],
        seed: int,
    ) -> FittedEstimator:
        columns = Columns(count=features.shape[1], code_sizes=code_sizes)
        estimator = self.assemble({**parameters, "random_state": seed}, columns)
        estimator.fit(features, labels)
        if self.finish:
            self.finish(estimator)
        return FittedEstimator(estimator=estimator, columns=columns.count, task=task.serving)


def imputer() -> SimpleImputer:
    """An imputer that replaces missing numbers by their column's median."""
    return SimpleImputer(strategy="median", keep_empty_features=True)
