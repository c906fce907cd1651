"""Results of an evaluation, as values that can be read without numpy."""

from __future__ import annotations

from typing import Literal

import msgspec

Point = tuple[float, float]


class LabelSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of labels: how many rows of each class, or where numbers lie.

    ``unknown`` rows have a class that training never saw.
    """

    classes: dict[str, int] | None = None
    unknown: int | None = None
    mean: float | None = None
    deviation: float | None = None
    min: float | None = None
    max: float | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, tag="line", omit_defaults=True):
    """A line that is drawn with those of other models; ``across`` and ``up`` name the axes.

    Args:
        points: in the order of the first of both.
        rows: how many rows each point stands for, where it stands for some.
        terms: both coordinates of such a point, in a word each.
        ideal: the line that a perfect model has.
    """

    title: str
    across: str
    up: str
    points: list[Point]
    rows: list[int] = []
    terms: tuple[str, str] = ("predicted", "actual")
    ideal: Literal["diagonal", "zero", "none"] = "diagonal"


class Matrix(msgspec.Struct, frozen=True, kw_only=True, tag="matrix"):
    """How often each name ``across`` comes with each name ``down``: ``cells`` has a row for each of those."""

    title: str
    across: str
    down: str
    names: list[str]
    cells: list[list[int]]


Figure = Line | Matrix


class CalibrationBin(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of similar scores: their mean P(true), and the share of them that is true."""

    predicted: float
    observed: float
    rows: int


class Curves(msgspec.Struct, frozen=True, kw_only=True):
    """How the figures of P(true) were kept before there were others.

    ``roc`` holds (share of false rows, share of true rows) above a falling cut, from (0, 0) to (1, 1).
    ``calibration`` has the rows in the order of their scores, in bins of about equal size.
    """

    roc: list[Point]
    calibration: list[CalibrationBin]

    def figures(self) -> list[Figure]:
        """The same as figures."""
        return [roc_line(self.roc), calibration_line(self.calibration)]


def roc_line(points: list[Point]) -> Line:
    """An ROC curve."""
    return Line(title="ROC curve", across="false positive rate", up="true positive rate", points=points)


def calibration_line(bins: list[CalibrationBin]) -> Line:
    """Observed shares by predicted probabilities."""
    return Line(
        title="Calibration",
        across="predicted probability",
        up="observed share of true",
        points=[(each.predicted, each.observed) for each in bins],
        rows=[each.rows for each in bins],
        terms=("predicted", "true"),
    )
