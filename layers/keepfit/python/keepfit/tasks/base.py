"""The interface of tasks in serving: what a model's outputs mean.

Outputs are arrays with one row for each instance, floating point:

    binary        (rows,)           P(label is true)
    multiclass    (rows, classes)   a probability for each of ``TaskSpec.classes``, in their order
    regression    (rows,)           values, in the unit of the label

An exported classifier gives them as ``probabilities``, float32 (rows, classes), false before true; a regressor as
``values``, float32 (rows, 1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from keepfit.tasks.answers import Answer
from keepfit.tasks.spec import TaskSpec

Outputs = npt.NDArray[np.floating[Any]]
Truths = npt.NDArray[np.bool_]
Value = bool | float | str | None
ProfileKind = Literal["numbers", "truths", "categories"]
"""The bins that a column of predictions is watched in; see ``features.schema.kinds``."""

MAX_ROWS: Final = 10_000
"""Instances of one request, whatever is answered of each."""

PROBABILITIES: Final = "probabilities"
VALUES: Final = "values"
"""The outputs of an exported model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The difference of two models on the same rows: training and serving, native and exported.

    Row by row: ``difference`` in the task's own measure, infinite or 1.0 where one answered nothing valid;
    ``flipped`` where another decision is made, rounding apart.
    """

    difference: npt.NDArray[np.float64]
    flipped: Truths

    @property
    def max_difference(self) -> float:
        """The largest difference; 0.0 for no rows."""
        return float(self.difference.max(initial=0.0))

    @property
    def flipped_labels(self) -> int:
        """The number of rows with different decisions."""
        return int(self.flipped.sum())

    def passes(self, *, tolerance: float, max_flipped_labels: int) -> bool:
        """Whether no row differs by more than ``tolerance``, and few enough labels flip."""
        return self.max_difference <= tolerance and self.flipped_labels <= max_flipped_labels


Answerer = Callable[[Outputs, list[str]], tuple[list[Any], list[Any], Answer]]
"""Outputs and prediction ids of one request to its decisions, its outputs as they are logged, and the answer."""


class TaskType(Protocol):
    """A task of which nothing is known but its kind."""

    @property
    def decides(self) -> bool:
        """Whether an answer is one of some labels, so that answers can be votes."""
        ...

    @property
    def is_one_number(self) -> bool:
        """Whether the outputs of a row are one number, which an expression or a model can read."""
        ...

    def __call__(self, spec: TaskSpec) -> ServingTask:
        """The task of one model. Raises InvalidModel where its specification says too little."""
        ...

    def watch(self, output: Any, prediction: Any) -> dict[str, Value]:
        """See ``ServingTask.watch``: a line of the prediction log holds all that it needs."""
        ...


class ServingTask(Protocol):
    """A task as one model's signature specifies it; make one per model and keep it."""

    @property
    def spec(self) -> TaskSpec:
        """The task as the signature records it."""
        ...

    @property
    def onnx_outputs(self) -> tuple[str, ...]:
        """The outputs to request from an exported model."""
        ...

    @property
    def valid_output(self) -> str:
        """The description of a valid output, for messages: "a probability"."""
        ...

    @property
    def max_rows(self) -> int:
        """So many instances one answer can hold, up to ``MAX_ROWS``."""
        ...

    @property
    def watched(self) -> Mapping[str, ProfileKind]:
        """The columns of predictions whose drift is monitored; see ``watch``."""
        ...

    def read(self, raw: Sequence[npt.NDArray[Any]]) -> Outputs:
        """The outputs in the model's values of ``onnx_outputs``, NaN included."""
        ...

    def accept(self, raw: Sequence[npt.NDArray[Any]]) -> Outputs | None:
        """The same where every row is what may be answered, else None; on the path of every request."""
        ...

    def invalid(self, outputs: Outputs) -> Truths:
        """(rows,) the rows that are invalid beyond rounding."""
        ...

    def rounded(self, outputs: Outputs) -> Outputs:
        """Outputs without ``invalid`` rows, within their bounds."""
        ...

    def decide(self, outputs: Outputs) -> list[Any]:
        """The decision for each row."""
        ...

    def answerer(self, model: str, version: int) -> Answerer:
        """Makes the builder of answers of one model version, which runs for every request."""
        ...

    def table(self, outputs: Outputs) -> dict[str, npt.NDArray[Any]]:
        """The columns of the answer to many rows, as ``Answer.columns`` has them, but for prediction ids."""
        ...

    def difference(self, one: Outputs, other: Outputs) -> Difference:
        """Compares outputs for the same rows; NaN differs from everything."""
        ...

    def compared_with(self, other: TaskSpec) -> str | None:
        """The reason why outputs cannot be compared with those of ``other``, if any."""
        ...

    def translated(self, outputs: Outputs, other: TaskSpec) -> Outputs:
        """The same outputs as a model of ``other`` would give them, where ``compared_with`` allows it."""
        ...

    @staticmethod
    def watch(output: Any, prediction: Any) -> dict[str, Value]:
        """The ``watched`` columns of one row, from its output and decision as they are logged.

        Raises:
            ValueError, TypeError: they are not what this task answers.
        """
        ...

    def blank(self, rows: int) -> Outputs:
        """Outputs that are all NaN, to be filled in."""
        ...

    def votes(self, outputs: Outputs) -> Outputs:
        """Outputs that are sure of what ``outputs`` decide; themselves where nothing is decided."""
        ...


def other_kind(own: TaskSpec, other: TaskSpec) -> str | None:
    """The message that two tasks are of different kinds; None where they are of one."""
    return None if own.kind == other.kind else f"its task is {own.kind}, not {other.kind}"
