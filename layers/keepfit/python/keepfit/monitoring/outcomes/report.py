"""The report on live performance: a self-explanatory JSON document, readable without numpy."""

from __future__ import annotations

from datetime import datetime

import msgspec

from keepfit.monitoring.outcomes.counts import Period, ToldOutcomes


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
        figures: every metric of the task, and other figures.
        note: why nothing was measured.
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
    figures: dict[str, float] = {}
    note: str | None = None


class PerformanceReport(msgspec.Struct, frozen=True, kw_only=True):
    """The performance of a model's versions on what came true of their predictions.

    ``window`` is in event time, both ends included; None where no prediction was collected yet. ``as_of`` and
    ``dataset_version`` say which outcomes counted: asked again with both, the report is the same as long as predictions
    are kept. ``foreign`` are unknown outcomes that predictions of other models have, by model; None where nobody
    looked.
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

    def of(self, version: int | None) -> VersionPerformance | None:
        """How well a version did, where the report has one period."""
        return next((each for each in self.versions if each.version == version), None)
