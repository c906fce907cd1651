"""The evaluation of a model on a holdout, as values that can be read without numpy."""

from __future__ import annotations

import msgspec

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
