"""What a task is to whatever serves: the one concept that knows what a model's outputs mean.

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

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.tasks.spec import TaskSpec

Outputs = npt.NDArray[np.floating[Any]]
Truths = npt.NDArray[np.bool_]
Value = bool | float | str | None
ProfileKind = Literal["numbers", "truths", "categories"]
"""The bins that a column of predictions is watched in; see ``features.schema.kinds``."""

PROBABILITIES: Final = "probabilities"
VALUES: Final = "values"
"""The outputs of an exported model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How far two models answer alike on the same rows: training and serving, native and exported.

    Row by row: ``difference`` in the task's own measure, infinite or 1.0 where one answered nothing valid;
    ``flipped`` where another decision is made, rounding apart.
    """

    difference: npt.NDArray[np.float64]
    flipped: Truths

    @property
    def max_difference(self) -> float:
        """0.0 for no rows."""
        return float(self.difference.max(initial=0.0))

    @property
    def flipped_labels(self) -> int:
        """How many rows another decision is made for."""
        return int(self.flipped.sum())

    def passes(self, *, tolerance: float, max_flipped_labels: int) -> bool:
        """Whether no row is further apart than ``tolerance``, and no more labels flip than allowed."""
        return self.max_difference <= tolerance and self.flipped_labels <= max_flipped_labels


Answerer = Callable[[Outputs, list[str]], tuple[list[Any], list[Any], msgspec.Struct]]
"""Outputs and prediction ids of one request to its decisions, its outputs as they are logged, and the answer."""


class ServingTask(Protocol):
    """A task with what one model's signature says of it; make one per model and keep it."""

    @property
    def spec(self) -> TaskSpec:
        """What the signature says of it."""
        ...

    @property
    def onnx_outputs(self) -> tuple[str, ...]:
        """The outputs to ask an exported model for."""
        ...

    @property
    def valid_output(self) -> str:
        """What each output must be, for messages: "a probability"."""
        ...

    @property
    def watched(self) -> Mapping[str, ProfileKind]:
        """The columns of predictions whose drift is watched; see ``watch``."""
        ...

    def read(self, raw: Sequence[npt.NDArray[Any]]) -> Outputs:
        """What the model gave for ``onnx_outputs``, as outputs, whatever it is: NaN included."""
        ...

    def are_valid(self, outputs: Outputs) -> bool:
        """Whether every row is what may be answered; on the path of every request."""
        ...

    def invalid(self, outputs: Outputs) -> Truths:
        """(rows,) which rows no rounding explains."""
        ...

    def rounded(self, outputs: Outputs) -> Outputs:
        """Outputs of which none is ``invalid``, within their bounds."""
        ...

    def decide(self, outputs: Outputs) -> list[Any]:
        """What is predicted for each row."""
        ...

    def answerer(self, model: str, version: int) -> Answerer:
        """Builds answers of one model version; it is asked for once, and called for every request."""
        ...

    def difference(self, one: Outputs, other: Outputs) -> Difference:
        """Compares outputs for the same rows, of which NaN is never like anything."""
        ...

    def compared_with(self, other: TaskSpec) -> str | None:
        """Why outputs of this task cannot be measured beside those of ``other``; None where they can."""
        ...

    def watch(self, output: Any, prediction: Any) -> dict[str, Value]:
        """The ``watched`` columns of one row, from its output and decision as they are logged.

        Raises:
            ValueError, TypeError: they are not what this task answers.
        """
        ...

    def blank(self, rows: int) -> Outputs:
        """Outputs that are all NaN, to be filled in."""
        ...


def other_kind(own: TaskSpec, other: TaskSpec) -> str | None:
    """Says that two tasks are of different kinds; None where they are of one."""
    return None if own.kind == other.kind else f"its task is {own.kind}, not {other.kind}"
