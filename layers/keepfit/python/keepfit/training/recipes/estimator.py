"""Recipes of scikit-learn estimators: what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs
from keepfit.training.recipes.base import Matrix, Problem
from keepfit.training.recipes.search_space import SearchSpace
from keepfit.training.recipes.sklearn_onnx import to_onnx

Assemble = Callable[[Mapping[str, Any], "Columns"], Any]
"""Parameters and columns to an estimator that is not fitted yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The matrix' category columns; see ``base.Problem`` for ``code_sizes``."""

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
    chosen: Mapping[str, Any] = field(default_factory=dict)

    def raw(self, features: Matrix) -> npt.NDArray[np.float64]:
        return self.target.predicted(_ASK[self.task.estimator](self.estimator, features))

    def predict(self, features: Matrix) -> Outputs:
        return self.task.serving.read([self.raw(features)])

    def to_onnx(self) -> bytes:
        return to_onnx(self.estimator, columns=self.columns, kind=self.task.estimator, target=self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """Names of parameters: ``switch`` lets validation rows stop the fit, ``steps`` is how far it goes."""

    switch: str
    steps: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatorRecipe:
    """See ``base.Recipe``.

    Args:
        parameters: the defaults for a task and a number of training rows.
        assemble: by what is learned, how an estimator is put together.
        spaces: by what is learned, what a search may try.
        finish: changes a fitted estimator so that its export is exact.
        stopping: how validation rows stop it; None where they cannot.
    """

    parameters: Callable[[TrainingTask, int], Mapping[str, Any]]
    assemble: Mapping[Estimator, Assemble]
    spaces: Mapping[Estimator, SearchSpace]
    finish: Callable[[Any], None] | None = None
    stopping: Stopping | None = None

    def search(self, task: TrainingTask) -> SearchSpace:
        return self.spaces[task.estimator]

    def defaults(self, task: TrainingTask, rows: int) -> Mapping[str, Any]:
        return self.parameters(task, rows)

    def stops_early(self, parameters: Mapping[str, Any]) -> bool:
        return self.stopping is not None and parameters.get(self.stopping.switch) is True

    def fit(self, problem: Problem, parameters: Mapping[str, Any], *, seed: int) -> FittedEstimator:
        columns, target = Columns(count=problem.columns, code_sizes=problem.code_sizes), problem.target
        estimator = self.assemble[problem.task.estimator]({**parameters, "random_state": seed}, columns)
        learned, chosen = target.learned(problem.labels), {}
        if problem.validation and self.stopping and self.stops_early(parameters):
            unseen = {
                "X_val": problem.validation.features,
                "y_val": target.learned(problem.validation.labels),
            }
            estimator.fit(problem.features, learned, **unseen)
            chosen = {self.stopping.steps: estimator.n_iter_, self.stopping.switch: False}
        else:
            estimator.fit(problem.features, learned)
        if self.finish:
            self.finish(estimator)
        return FittedEstimator(
            estimator=estimator, columns=columns.count, task=problem.task, target=target, chosen=chosen
        )


def between(low: int, number: float, high: int) -> int:
    """The whole number, or the nearer bound."""
    return int(min(max(number, low), high))
