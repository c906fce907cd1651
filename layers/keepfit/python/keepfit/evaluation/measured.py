"""Results of an evaluation, as values that can be read without numpy."""

from __future__ import annotations

import msgspec


class LabelSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A summary of labels: the rows of each class, or the range of numbers."""

    classes: dict[str, int] | None = None
    mean: float | None = None
    deviation: float | None = None
    min: float | None = None
    max: float | None = None


class CalibrationBin(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of similar scores: their mean P(true), and the share of them that is true."""

    predicted: float
    observed: float
    rows: int


class Curves(msgspec.Struct, frozen=True, kw_only=True):
    """``roc`` holds (false positive rate, true positive rate) by falling cut, (0, 0) to (1, 1).

    ``calibration`` has the rows in the order of their scores, in bins of about equal size.
    """

    roc: list[tuple[float, float]]
    calibration: list[CalibrationBin]
