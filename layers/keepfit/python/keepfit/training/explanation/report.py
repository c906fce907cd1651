"""The explanation of a candidate, as values that can be read without scikit-learn."""

from __future__ import annotations

from typing import Any

import msgspec

Interval = tuple[float, float]


class Importance(msgspec.Struct, frozen=True, kw_only=True):
    """How much worse the metric is where a column's values are shuffled, with its 95 % interval."""

    column: str
    loss: float
    interval: Interval


class PermutationImportance(msgspec.Struct, frozen=True, kw_only=True):
    """The importance of every column on ``rows`` that the fit had not seen, the largest first."""

    metric: str
    rows: int
    columns: list[Importance]


class ShapColumn(msgspec.Struct, frozen=True, kw_only=True):
    """The mean absolute SHAP value of a column; of several classes, the mean of theirs."""

    column: str
    mean: float


class ShapExample(msgspec.Struct, frozen=True, kw_only=True):
    """The SHAP values of one row, which add up with ``base`` to its ``score``.

    Of several classes they are those of ``output``, the class of the highest score.
    """

    values: dict[str, Any]
    base: float
    contributions: dict[str, float]
    score: float
    output: str


class Shap(msgspec.Struct, frozen=True, kw_only=True):
    """SHAP values of ``rows`` rows.

    Args:
        method: how they are computed.
        unit: what they add up to.
        rows: of how many rows.
        residual: by how much base and values miss the model's own output at most, where they are made an output.
        standard_error: of a value, where they are drawn; None where they are exact.
        columns: the largest first.
    """

    method: str
    unit: str
    rows: int
    residual: float
    standard_error: float | None = None
    columns: list[ShapColumn]


class ShapExamples(msgspec.Struct, frozen=True, kw_only=True):
    """``examples.json``: rows with a low, a middle and a high score, in full; they expire like all rows.

    ``unit`` is what their SHAP values add up to.
    """

    unit: str
    rows: list[ShapExample]


class LearningPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The metric on rows that validate, of a fit to so many rows."""

    rows: int
    value: float
    interval: Interval


class LearningCurve(msgspec.Struct, frozen=True, kw_only=True):
    """Fits to growing parts of the training rows, each of which holds the smaller ones.

    ``gain_of_doubling`` is how much better the metric is with the most rows than with half as many, ``interval`` its
    95 %; None where fits to more rows would be more work than the limit allows.
    """

    metric: str
    validation_rows: int
    points: list[LearningPoint]
    gain_of_doubling: float | None = None
    interval: Interval | None = None

    @property
    def answer(self) -> str:
        """Whether more rows would help, as far as the last doubling says."""
        if self.gain_of_doubling is None or self.interval is None:
            return "not known: fits to more rows are too much work"
        doubling = f"the last doubling, to {self.points[-1].rows:,} rows,"
        if self.interval[0] > 0:
            return f"yes: {doubling} made {self.metric} surely better"
        if self.interval[1] <= 0:
            return f"no: {doubling} made {self.metric} no better"
        return f"perhaps: {doubling} changed {self.metric} by no more than chance may"


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """``explanation.json``: of one candidate; None where there are too few rows that validate.

    ``no_learning_curve`` says why there is none, where it is not for want of rows.
    """

    candidate: str
    permutation: PermutationImportance | None
    shap: Shap | None
    learning_curve: LearningCurve | None
    no_learning_curve: str | None = None
