"""The binary task in serving: a model gives P(true), and a threshold decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from keepfit.tasks.answers import Answer, BinaryAnswer
from keepfit.tasks.base import (
    MAX_ROWS,
    PROBABILITIES,
    Answerer,
    Difference,
    Outputs,
    ProfileKind,
    Truths,
    Value,
    other_kind,
)
from keepfit.tasks.spec import TaskSpec

_HALF = 0.5

# A mean over trees may pass 1 by the rounding of float32. Sums of float32 end a few units in the last place apart; a
# label that such a difference flips was a coin toss.
_ROUNDING = 1e-6


class Binary:
    """See ``base.ServingTask``."""

    onnx_outputs: ClassVar[tuple[str, ...]] = (PROBABILITIES,)
    valid_output: ClassVar[str] = "a probability"
    max_rows: ClassVar[int] = MAX_ROWS
    watched: ClassVar[Mapping[str, ProfileKind]] = {"probability": "numbers"}
    decides: ClassVar[bool] = True
    is_one_number: ClassVar[bool] = True

    def __init__(self, spec: TaskSpec) -> None:
        self.spec = spec
        self.threshold = _HALF if spec.threshold is None else spec.threshold

    def read(self, raw: Sequence[npt.NDArray[Any]]) -> Outputs:
        """P(true), the last column."""
        outputs: Outputs = raw[0][:, -1]
        return outputs

    def accept(self, raw: Sequence[npt.NDArray[Any]]) -> Outputs | None:
        """Each within [0, 1]."""
        outputs: Outputs = raw[0][:, -1]
        for probability in outputs.tolist():
            if not 0.0 <= probability <= 1.0:
                return None
        return outputs

    def invalid(self, outputs: Outputs) -> Truths:
        """The rows beyond [0, 1], or no number."""
        wrong: Truths = ~((outputs >= -_ROUNDING) & (outputs <= 1 + _ROUNDING))
        return wrong

    def rounded(self, outputs: Outputs) -> Outputs:
        """Outputs within [0, 1]."""
        return np.clip(outputs, 0.0, 1.0)

    def decide(self, outputs: Outputs) -> list[Any]:
        """True from the threshold on."""
        return [probability >= self.threshold for probability in outputs.tolist()]

    def answerer(self, model: str, version: int) -> Answerer:
        """Builds answers with decisions and probabilities."""
        threshold = self.threshold

        def answer(outputs: Outputs, ids: list[str]) -> tuple[list[Any], list[Any], Answer]:
            probabilities = outputs.tolist()
            predictions = [p >= threshold for p in probabilities]
            return predictions, probabilities, BinaryAnswer(model, version, predictions, probabilities, ids)

        return answer

    def table(self, outputs: Outputs) -> dict[str, npt.NDArray[Any]]:
        """Decisions and probabilities."""
        probabilities = outputs.astype(np.float64)
        return {"prediction": probabilities >= self.threshold, "probability": probabilities}

    def difference(self, one: Outputs, other: Outputs) -> Difference:
        """Absolute differences of P(true), 1.0 where one is no number.

        >>> task = Binary(TaskSpec(kind="binary"))
        >>> task.difference(np.array([0.2, 0.5000001, np.nan]), np.array([0.2, 0.4999999, 0.7])).flipped.tolist()
        [False, False, True]
        """
        difference = np.abs(one - other).astype(np.float64)
        difference[~np.isfinite(difference)] = 1.0
        flipped = ((one >= self.threshold) != (other >= self.threshold)) & (difference > _ROUNDING)
        return Difference(difference=difference, flipped=flipped)

    def compared_with(self, other: TaskSpec) -> str | None:
        """None for its own kind only."""
        return other_kind(self.spec, other)

    def translated(self, outputs: Outputs, other: TaskSpec) -> Outputs:  # noqa: ARG002  true is true
        """As they are."""
        return outputs

    @staticmethod
    def watch(output: Any, prediction: Any) -> dict[str, Value]:  # noqa: ARG004  the output says it all
        """The probability."""
        if not isinstance(output, float | int) or not 0 <= output <= 1:
            raise ValueError(f"probability {output} is not between 0 and 1")
        return {"probability": output}

    def blank(self, rows: int) -> Outputs:
        """(rows,) NaN."""
        return np.full(rows, np.nan)

    def votes(self, outputs: Outputs) -> Outputs:
        """One from the threshold on, else zero."""
        return np.where(outputs >= self.threshold, 1.0, 0.0)
