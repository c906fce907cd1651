"""The interface of model tests: requests to a model, and the result of its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs
from keepfit.training.model_tests.definition import ModelTestDefinition

MAX_ROWS = 500
"""Rows of the holdout whose fields are changed; of more, so many spread over it."""

Instance = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTestResult:
    """A test by its name, whether it was passed, and what was measured in one line."""

    name: str
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUnderTest:
    """A model in the code that serves, and the holdout.

    Args:
        task: its own.
        metric: the name of what decides.
        labels: (rows,) the holdout's answers.
        outputs: what the model answers of the holdout.
        instances: (rows,) its instances as clients would send them.
        ask: the outputs for other instances, NaN for those that it refuses.
        rows: (rows,) which rows of the holdout a filter of the definition takes.
    """

    task: TrainingTask
    metric: str
    labels: Labels
    outputs: Outputs
    instances: Sequence[Instance]
    ask: Callable[[Sequence[Instance]], Outputs]
    rows: Callable[[str], npt.NDArray[np.bool_]]

    def chosen(self, test: ModelTestDefinition) -> npt.NDArray[np.int64]:
        """The numbers of the rows that a test is for, where its field has a value."""
        taken = np.ones(len(self.instances), dtype=np.bool_) if test.where is None else self.rows(test.where)
        rows = np.flatnonzero(taken)
        if test.add is not None:
            present = [self.instances[row].get(test.field or "") is not None for row in rows.tolist()]
            rows = rows[np.array(present, dtype=np.bool_)]
        return rows[np.linspace(0, len(rows) - 1, MAX_ROWS).astype(int)] if len(rows) > MAX_ROWS else rows

    def changed(self, rows: npt.NDArray[np.int64], field: str, value: Any) -> Outputs:
        """The outputs for ``rows`` with another value of a field."""
        return self.ask([{**self.instances[row], field: value} for row in rows.tolist()])

    def raised(self, rows: npt.NDArray[np.int64], field: str, by: float) -> Outputs:
        """The outputs for ``rows`` with ``by`` added to a field; whole numbers stay whole."""
        step = int(by) if float(by).is_integer() else by
        taken = [self.instances[row] for row in rows.tolist()]
        return self.ask([{**instance, field: instance[field] + step} for instance in taken])


Judge = Callable[[ModelTestDefinition, ModelUnderTest], ModelTestResult]


def answered(outputs: Outputs) -> npt.NDArray[np.bool_]:
    """(rows,) which rows the model does not refuse."""
    return np.asarray(np.isfinite(outputs.reshape(len(outputs), -1)).all(axis=1))


def share_result(test: ModelTestDefinition, held: npt.NDArray[np.bool_], told: str) -> ModelTestResult:
    """The result of a test that must hold for a share of rows; ``told`` is what was seen."""
    if not len(held):
        return ModelTestResult(
            name=test.name, passed=False, reason="no row of the holdout can be asked for it"
        )
    share = float(held.mean())
    asked = f"so it is for {share:.1%} of {len(held):,} rows, and {test.min_share:.1%} are asked"
    return ModelTestResult(name=test.name, passed=share >= test.min_share, reason=f"{told}; {asked}")
