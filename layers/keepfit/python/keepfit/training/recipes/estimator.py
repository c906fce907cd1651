"""Recipes of scikit-learn estimators: what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs
from keepfit.training.recipes.base import Matrix
from keepfit.training.recipes.export import to_onnx

Assemble = Callable[[Mapping[str, Any], "Columns"], Any]
"""Parameters and columns to an estimator that is not fitted yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The matrix' category columns; see ``base.Recipe.fit`` for ``code_sizes``."""

    count: int
    code_sizes: Mapping[int, int]


def _probabilities(estimator: Any, features: Matrix) -> npt.NDArray[np.float64]:
    return np.asarray(estimator.predict_proba(features), dtype=np.float64)


def _values(estimator: Any, features: Matrix) -> npt.NDArray[np.float64]:
    return np.asarray(estimator.predict(features), dtype=np.float64).reshape(-1, 1)


_ASK: Final[Mapping[Estimator, Callable[[Any, Matrix], npt.NDArray[np.float64]]]] = {
    "classifier": _probabilities,
    "regressor": _values,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedEstimator:
    """See ``base.Fitted``; ``estimator`` is scikit-learn's."""

    estimator: Any
    columns: int
    task: TrainingTask
    target: Target

    def raw(self, features: Matrix) -> npt.NDArray[np.float64]:
        return self.target.predicted(_ASK[self.task.estimator](self.estimator, features))

    def predict(self, features: Matrix) -> Outputs:
        return self.task.serving.read([self.raw(features)])

    def to_onnx(self) -> bytes:
        return to_onnx(self.estimator, columns=self.columns, kind=self.task.estimator, target=self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatorRecipe:
    """See ``base.Recipe``.

    Args:
        parameters: the defaults for a task and a number of training rows.
        assemble: by what is learned, how an estimator is put together.
        finish: changes a fitted estimator so that its export is exact.
    """

    parameters: Callable[[TrainingTask, int], Mapping[str, Any]]
    assemble: Mapping[Estimator, Assemble]
    finish: Callable[[Any], None] | None = None

    def defaults(self, task: TrainingTask, rows: int) -> Mapping[str, Any]:
        return self.parameters(task, rows)

    def fit(
        self,
        features: Matrix,
        labels: Labels,
        *,
        task: TrainingTask,
        target: Target,
        parameters: Mapping[str, Any],
        code_sizes: Mapping[int, int],
        seed: int,
    ) -> FittedEstimator:
        columns = Columns(count=features.shape[1], code_sizes=code_sizes)
        estimator = self.assemble[task.estimator]({**parameters, "random_state": seed}, columns)
        estimator.fit(features, target.learned(labels))
        if self.finish:
            self.finish(estimator)
        return FittedEstimator(estimator=estimator, columns=columns.count, task=task, target=target)


def between(low: int, number: float, high: int) -> int:
    """The whole number, or the nearer bound."""
    return int(min(max(number, low), high))
