"""Regression in serving: a model gives a value in the unit of its label."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from keepfit.tasks.answers import Answer, IntervalAnswer, RegressionAnswer
from keepfit.tasks.base import (
    MAX_ROWS,
    VALUES,
    Answerer,
    Difference,
    Outputs,
    ProfileKind,
    Truths,
    Value,
    other_kind,
)
from keepfit.tasks.spec import IntervalSpec, TaskSpec


class Regression:
    """See ``base.ServingTask``; outputs are (rows,) values."""

    onnx_outputs: ClassVar[tuple[str, ...]] = (VALUES,)
    valid_output: ClassVar[str] = "a finite number"
    watched: ClassVar[Mapping[str, ProfileKind]] = {"value": "numbers"}
    max_rows: ClassVar[int] = MAX_ROWS
    decides: ClassVar[bool] = False
    is_one_number: ClassVar[bool] = True

    def __init__(self, spec: TaskSpec) -> None:
        self.spec = spec

    def read(self, raw: Sequence[npt.NDArray[Any]]) -> Outputs:
        """The only column."""
        outputs: Outputs = raw[0].reshape(-1)
        return outputs

    def accept(self, raw: Sequence[npt.NDArray[Any]]) -> Outputs | None:
        """Each finite."""
        outputs: Outputs = raw[0].reshape(-1)
        return outputs if np.isfinite(outputs).all() else None

    def invalid(self, outputs: Outputs) -> Truths:
        """Not finite."""
        return ~np.isfinite(outputs)

    def rounded(self, outputs: Outputs) -> Outputs:
        """As they are."""
        return outputs

    def decide(self, outputs: Outputs) -> list[Any]:
        """The values themselves."""
        values: list[Any] = outputs.tolist()
        return values

    def answerer(self, model: str, version: int) -> Answerer:
        """Answers with values, and with an interval for each where there is one."""
        if self.spec.interval is not None:
            return self._with_intervals(model, version, self.spec.interval)

        def answer(outputs: Outputs, ids: list[str]) -> tuple[list[Any], list[Any], Answer]:
            values = outputs.tolist()
            return values, values, RegressionAnswer(model, version, values, ids)

        return answer

    def _with_intervals(self, model: str, version: int, interval: IntervalSpec) -> Answerer:
        level, coverage = interval.level, interval.coverage

        def answer(outputs: Outputs, ids: list[str]) -> tuple[list[Any], list[Any], Answer]:
            values = outputs.tolist()
            ends = self.intervals(outputs).tolist()
            return (
                values,
                values,
                IntervalAnswer(model, version, values, ends, level, coverage, ids),
            )

        return answer

    def intervals(self, outputs: Outputs) -> npt.NDArray[np.float64]:
        """(rows, 2) the lower and the upper end of each interval; NaN without a specification."""
        spec, values = self.spec.interval, outputs.astype(np.float64)
        if spec is None:
            return np.full((len(values), 2), np.nan)
        ends = (
            (values * spec.low, values * spec.high)
            if spec.is_factor
            else (values + spec.low, values + spec.high)
        )
        return np.column_stack([np.minimum(*ends), np.maximum(*ends)])

    def table(self, outputs: Outputs) -> dict[str, npt.NDArray[Any]]:
        """Values, and the ends of their intervals where there are any."""
        ends = (
            {}
            if self.spec.interval is None
            else dict(zip(("low", "high"), self.intervals(outputs).T, strict=True))
        )
        return {"prediction": outputs.astype(np.float64), **ends}

    def difference(self, one: Outputs, other: Outputs) -> Difference:
        """Differences as shares of the larger value; nothing is decided that could flip.

        Values far smaller than most are measured against the median one: a sum of float32 that ends near zero has
        lost the digits that it was large in.

        >>> found = Regression(TaskSpec(kind="regression")).difference(np.array([100.0, 0.0]), np.array([101.0, 0.0]))
        >>> found.difference.round(4).tolist(), found.flipped_labels
        ([0.0099, 0.0], 0)
        """
        larger = np.maximum(np.abs(one), np.abs(other)).astype(np.float64)
        finite = larger[np.isfinite(larger)]
        usual = float(np.median(finite)) if len(finite) else 0.0
        scale = np.maximum(larger, usual)
        apart = np.abs(one.astype(np.float64) - other)
        difference = np.divide(apart, scale, out=np.zeros(len(apart)), where=scale > 0)
        difference[~np.isfinite(apart)] = 1.0
        return Difference(difference=difference, flipped=np.zeros(len(difference), dtype=np.bool_))

    def compared_with(self, other: TaskSpec) -> str | None:
        """With its own kind."""
        return other_kind(self.spec, other)

    def translated(self, outputs: Outputs, other: TaskSpec) -> Outputs:  # noqa: ARG002  a unit is the label's
        """As they are."""
        return outputs

    @staticmethod
    def watch(output: Any, prediction: Any) -> dict[str, Value]:  # noqa: ARG004  the output says it all
        """The value."""
        if not isinstance(output, int | float) or not math.isfinite(output):
            raise ValueError(f"value {output!r} is not a finite number")
        return {"value": output}

    def blank(self, rows: int) -> Outputs:
        """(rows,) NaN."""
        return np.full(rows, np.nan)

    def votes(self, outputs: Outputs) -> Outputs:
        """As they are."""
        return outputs
