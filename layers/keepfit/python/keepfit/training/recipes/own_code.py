"""Own code: an estimator of scikit-learn's kind, made by a function beside the model's definition.

The code runs where candidates are trained, and nowhere else: what judges, releases and serves knows its export alone.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from keepfit.errors import ParityFailed
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs
from keepfit.training.recipes.base import Matrix, Problem
from keepfit.training.recipes.estimator import Columns, FittedEstimator
from keepfit.training.recipes.search_space import SearchSpace

_FILE: Final = "estimator.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedOwnCode:
    """See ``base.Fitted``; ``inner`` asks and exports the estimator."""

    inner: FittedEstimator

    @property
    def chosen(self) -> Mapping[str, Any]:
        return {}

    def raw(self, features: Matrix) -> npt.NDArray[np.float64]:
        return self.inner.raw(features)

    def predict(self, features: Matrix) -> Outputs:
        return self.inner.predict(features)

    def to_onnx(self) -> bytes:
        """The export. Raises ParityFailed where there is no converter for the estimator."""
        try:
            return self.inner.to_onnx()
        except Exception as error:  # the converter raises a dozen unrelated classes
            kind = type(self.inner.estimator).__name__
            raise ParityFailed(
                f"{_FILE} trains a {kind}, which cannot be exported to ONNX: {type(error).__name__}: {error}; use "
                "estimators that skl2onnx converts, or bring a finished ONNX file by keepfit import"
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCode:
    """See ``base.Recipe``; ``code`` is a module with ``estimator(columns, seed, **parameters)``."""

    code: str | None

    def search(self, task: TrainingTask) -> SearchSpace:  # noqa: ARG002  only its author could say
        return {}

    def defaults(self, task: TrainingTask, rows: int) -> Mapping[str, Any]:  # noqa: ARG002  the function has its own
        return {}

    def stops_early(self, parameters: Mapping[str, Any]) -> bool:  # noqa: ARG002  never
        return False

    def fit(self, problem: Problem, parameters: Mapping[str, Any], *, seed: int) -> FittedOwnCode:
        """See ``base.Recipe``. Raises ValueError, which says where in the code something failed."""
        if self.code is None:
            raise ValueError(f"there is no code; write it to {_FILE} in a folder of the model's name")
        columns = Columns(count=problem.columns, code_sizes=problem.code_sizes)
        try:
            made = _module(self.code).estimator(columns=columns, seed=seed, **parameters)
            made.fit(problem.features, problem.target.learned(problem.labels))
            inner = FittedEstimator(
                estimator=made, columns=columns.count, task=problem.task, target=problem.target
            )
            inner.predict(problem.features[:1])
        except Exception as error:  # whatever it raises, its author is to read where
            raise ValueError(f"{_FILE}{_line(error)}: {type(error).__name__}: {error}") from error
        return FittedOwnCode(inner=inner)


def _module(code: str) -> ModuleType:
    module = ModuleType("estimator")
    sys.modules[module.__name__] = module  # where classes look for what they are annotated with
    exec(compile(code, _FILE, "exec"), module.__dict__)  # noqa: S102  what this recipe is for
    return module


def _line(error: Exception) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]
    return f", line {lines[-1]}" if lines else ""


RECIPE = OwnCode(code=None)
