"""The report on live performance: a self-explanatory JSON document, readable without numpy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from keepfit.monitoring.estimation.estimate import Estimate
from keepfit.monitoring.outcomes.counts import Period, ToldOutcomes


class Checked(Estimate, frozen=True, kw_only=True):
    """The estimate for the very predictions that have an outcome, compared with what came true.

    ``error`` is the estimate less the value, and ``held`` whether the interval holds that.
    """

    error: float
    held: bool


class Honesty(msgspec.Struct, frozen=True, kw_only=True):
    """How honest estimates were of so many ``checked`` values.

    ``held`` is the share of intervals that hold the value, of which 95 % are to; ``mean_absolute_error`` is by how much
    estimates were off.
    """

    checked: int
    held: float
    mean_absolute_error: float


def honesty_of(versions: Sequence[VersionPerformance]) -> Honesty | None:
    """How honest the estimates were that can be checked; None where none can."""
    checked = [each.checked for each in versions if each.checked is not None]
    if not checked:
        return None
    return Honesty(
        checked=len(checked),
        held=sum(each.held for each in checked) / len(checked),
        mean_absolute_error=sum(abs(each.error) for each in checked) / len(checked),
    )


class VersionPerformance(msgspec.Struct, frozen=True, kw_only=True):
    """How well one version did in one period, which begins at ``period``; None where there is only one.

    Args:
        version: that answered.
        period: when it begins.
        predictions: with an event time in it.
        outcomes: of them, with one known.
        late: of those, known later than expected.
        pending: without one, which may yet come.
        overdue: without one, which should have come.
        value: of the metric; None where it cannot be measured, see ``note``.
        interval: of the value, 95 %, by a bootstrap.
        judged: the metric on the holdout that the version was judged by; None where that was another metric.
        decay: by how much the value is worse than that at least; None without both, or without an interval.
        figures: every metric of the task, and other figures.
        note: why nothing was measured.
        estimated: the metric to be expected of all predictions, without any outcome; None where that cannot be said.
        checked: the same of the predictions that have one; None where nothing was measured.
    """

    version: int
    period: datetime | None
    predictions: int
    outcomes: int
    late: int
    pending: int
    overdue: int
    value: float | None = None
    interval: tuple[float, float] | None = None
    judged: float | None = None
    decay: float | None = None
    figures: dict[str, float] = {}
    note: str | None = None
    estimated: Estimate | None = None
    checked: Checked | None = None


class PerformanceReport(msgspec.Struct, frozen=True, kw_only=True):
    """The performance of a model's versions on what came true of their predictions.

    ``window`` is in event time, both ends included; None where no prediction was collected yet. ``as_of`` and
    ``dataset_version`` say which outcomes counted: asked again with both, the report is the same as long as predictions
    are kept. ``foreign`` are unknown outcomes that predictions of other models have, by model; None where nobody
    looked. ``honesty`` is that of estimates, None where none could be checked. ``dataset`` is empty where nobody tells
    outcomes.
    """

    model: str
    ran_at: datetime
    window: tuple[datetime, datetime] | None
    as_of: datetime
    by: Period | None
    metric: str
    dataset: str
    dataset_version: int | None
    told: ToldOutcomes
    versions: list[VersionPerformance]
    champion: int | None = None
    expected_within: str | None = None
    foreign: dict[str, int] | None = None
    honesty: Honesty | None = None

    def of(self, version: int | None) -> VersionPerformance | None:
        """How well a version did, where the report has one period."""
        return next((each for each in self.versions if each.version == version), None)
