"""The baseline: the shares of the classes, or the mean, whatever the row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs
from keepfit.training.recipes.base import Matrix, Problem
from keepfit.training.recipes.search_space import SearchSpace
from keepfit.training.recipes.tree_ensemble_onnx import Ensemble, Link, stump


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedDummy:
    """See ``base.Fitted``; ``answer`` is (outputs,) shares, or one value that is learned."""

    answer: npt.NDArray[np.float64]
    columns: int
    task: TrainingTask
    target: Target
    chosen: Mapping[str, Any] = field(default_factory=dict)

    def raw(self, features: Matrix) -> npt.NDArray[np.float64]:
        return self.target.predicted(np.tile(self.answer, (len(features), 1)))

    def predict(self, features: Matrix) -> Outputs:
        return self.task.serving.read([self.raw(features)])

    def to_onnx(self) -> bytes:
        ensemble = Ensemble(
            trees=[stump(value) for value in self.answer],
            base=np.zeros(len(self.answer)),
            includes_threshold=True,
        )
        link: Link = "identity" if self.task.estimator == "classifier" else "target"
        return ensemble.to_onnx(columns=self.columns, link=link, target=self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class DummyRecipe:
    """See ``base.Recipe``; there is nothing to choose."""

    def search(self, task: TrainingTask) -> SearchSpace:  # noqa: ARG002  nothing for any
        return {}

    def defaults(self, task: TrainingTask, rows: int) -> Mapping[str, Any]:  # noqa: ARG002  none for any
        return {}

    def stops_early(self, parameters: Mapping[str, Any]) -> bool:  # noqa: ARG002  never
        return False

    def fit(self, problem: Problem, parameters: Mapping[str, Any], *, seed: int) -> FittedDummy:  # noqa: ARG002
        if parameters:
            raise TypeError(f"it has no parameters, so {', '.join(parameters)} cannot be set")
        task, labels = problem.task, problem.labels
        if task.estimator == "regressor":
            answer = np.array([problem.target.learned(labels).mean()])
        else:
            counts = np.bincount(labels.astype(np.int64), minlength=max(2, task.scores))
            answer = counts / counts.sum()
        return FittedDummy(answer=answer, columns=problem.columns, task=task, target=problem.target)


RECIPE = DummyRecipe()
