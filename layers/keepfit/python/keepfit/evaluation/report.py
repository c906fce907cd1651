"""The evaluation of a model on a holdout, as values that can be read without numpy."""

from __future__ import annotations

from datetime import datetime

import msgspec

from keepfit.evaluation.results import Point

Interval = tuple[float, float]


class Slice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The metric on the rows that meet all ``conditions``, such as ``{"store": "7"}``.

    Args:
        conditions: the group of each column, as a person would write it.
        rows: how many rows.
        metric: on them; None where they are too few, see ``note``.
        interval: of the metric, 95 %, for this slice by itself.
        gap: how much worse the metric is than on all other rows; above 0 it is worse.
        p_value: the chance of so large a gap where none of the slices that were looked at is worse than the rest,
            corrected for their number; None where nothing is tested.
        declared: whether the definition names its columns.
        note: why there is no metric.
    """

    conditions: dict[str, str]
    rows: int
    metric: float | None = None
    interval: Interval | None = None
    gap: float | None = None
    p_value: float | None = None
    declared: bool = False
    note: str | None = None

    @property
    def name(self) -> str:
        """The conditions in a line."""
        return ", ".join(f"{column} = {group}" for column, group in self.conditions.items())


class SliceSearch(msgspec.Struct, frozen=True, kw_only=True):
    """The slices with the surest gaps, of ``examined`` ones with at least ``minimum_rows`` rows each."""

    examined: int
    minimum_rows: int
    slices: list[Slice]


class GroupRates(msgspec.Struct, frozen=True, kw_only=True):
    """The rates of one group of rows; None where they are of nothing, such as of true rows where none is."""

    group: str
    rows: int
    rates: dict[str, float | None]


class RateGap(msgspec.Struct, frozen=True, kw_only=True):
    """The largest difference of a rate between groups, with its 95 % interval; 0 where all are alike.

    ``lowest`` and ``highest`` name the groups of both ends.
    """

    rate: str
    gap: float
    interval: Interval
    lowest: str
    highest: str


class Fairness(msgspec.Struct, frozen=True, kw_only=True):
    """The rates of each group of a column, and the gaps between groups of ``minimum_rows`` or more."""

    column: str
    minimum_rows: int
    groups: list[GroupRates]
    gaps: list[RateGap]


class CalibrationError(msgspec.Struct, frozen=True, kw_only=True):
    """The expected calibration error: the mean distance of probabilities from the share that comes true.

    ``by_chance`` is what 95 % of samples of so many rows stay below where every probability is true.
    """

    value: float
    interval: Interval
    by_chance: float


class Period(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The metric on the rows of a time of the holdout; None where they are too few, see ``note``."""

    first_event: datetime
    last_event: datetime
    rows: int
    metric: float | None = None
    interval: Interval | None = None
    note: str | None = None


class CostCurve(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of decisions per row, by the threshold from which on true is predicted.

    Args:
        false_positive: what it costs to predict true for what is false.
        false_negative: and false for what is true.
        threshold: at which the model decides.
        cost: per row, at that threshold.
        points: (threshold, cost per row) in rising order of thresholds.
    """

    false_positive: float
    false_negative: float
    threshold: float
    cost: float
    points: list[Point]


class SegmentFigure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The metric on the rows of one segment.

    Args:
        segment: the value of the column.
        rows: how many of the holdout.
        own: whether a model of its own answers it.
        metric: on them; None where they are too few, see ``note``.
        expected: what to expect of it: the metric, drawn to the mean of all segments by how unsure it is.
        error: the standard error of that.
        soft: whether it says more of all segments than of this one.
        note: why there is no metric.
    """

    segment: str
    rows: int
    own: bool = False
    metric: float | None = None
    expected: float
    error: float
    soft: bool = False
    note: str | None = None


class SegmentFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Every segment of a holdout, the worst first.

    Args:
        by: the column whose values are segments.
        metric: what is measured.
        mean: of all segments, by how sure each is.
        spread: the standard deviation between them, chance apart.
        segments: each of them.
    """

    by: str
    metric: str
    mean: float
    spread: float
    segments: list[SegmentFigure]


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """``evaluation.json``: the chosen candidate on the holdout, beside what the judgement says of it.

    Args:
        candidate: its name.
        metric: what slices and periods are measured by.
        rows: of the holdout, or of the sample of it that was evaluated.
        declared: the slices of the columns that the definition names.
        worst: what a search for slices on which it is worse came upon.
        fairness: for each column that the definition names.
        calibration: None where the task claims no probability.
        periods: in order of time; empty where rows have none.
        cost: None where nothing is decided.
        segments: None where the definition names none.
    """

    candidate: str
    metric: str
    rows: int
    declared: list[Slice]
    worst: SliceSearch
    fairness: list[Fairness]
    calibration: CalibrationError | None
    periods: list[Period]
    cost: CostCurve | None
    segments: SegmentFigures | None = None
