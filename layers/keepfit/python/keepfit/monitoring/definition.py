"""The definition of a model's monitoring: schedule, window, thresholds."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from keepfit.instants import Duration
from keepfit.monitoring import metrics
from keepfit.monitoring.drift.registry import StatisticName
from keepfit.monitoring.profiles.season_names import SeasonName

_STATISTICS = ("psi", "kolmogorov_smirnov", "wasserstein")
DRIFT_THRESHOLD: Final = 0.25
"""Of the population stability index, less what chance alone gives."""


class MonitoringDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the newest window of requests is compared with what the model was trained on."""

    window: Annotated[
        Duration, Meta(description="how far the window reaches back, by the event time of the requests")
    ] = Duration.parse("30d")
    schedule: Annotated[Duration, Meta(description="how often the monitor runs, from `1m` to `84h`")] = (
        Duration.parse("1h")
    )
    statistics: Annotated[
        list[StatisticName],
        Meta(
            min_length=1,
            description="what measures how far a column has moved; each that is for the column is reported",
        ),
    ] = msgspec.field(default_factory=lambda: list(_STATISTICS))
    statistic: Annotated[
        StatisticName,
        Meta(
            description="the statistic that `drift_threshold` is for; the others are reported and decide nothing"
        ),
    ] = "psi"
    drift_threshold: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            description="the drift score from which an input, or what is predicted, counts as drifted: the value of "
            "`statistic` less what chance alone gives; 0.25 where `false_alarms_per_month` is not given either",
        ),
    ] = None
    false_alarms_per_month: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            description="instead of `drift_threshold`: how often the alarm may sound a month where nothing has "
            "drifted; by resampling the training data it gives each column a threshold for each of `statistics`",
        ),
    ] = None
    domain_classifier_threshold: Annotated[
        Annotated[float, Meta(gt=0.5, lt=1)] | None,
        Meta(
            description="all inputs together count as drifted where a classifier tells rows of the window from those "
            "of the training data with this area under the ROC curve, less what chance may add; 0.5 is chance. It sees "
            "columns that no longer go together; from the next training on, whose version keeps 2,000 rows in bins"
        ),
    ] = None
    season: Annotated[
        SeasonName | None,
        Meta(
            description="the window is compared with training data of the same days of the `week`, or of the same "
            "months of the `year`, in UTC; from the next training on"
        ),
    ] = None
    decay_threshold: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            description="by how much the metric that judges the model has to be worse on outcomes than when the "
            "champion was judged, interval included, before an alarm starts a training; without it there is no such "
            "alarm"
        ),
    ] = None
    estimated_decay_threshold: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="the same of the metric as it is estimated, before any outcome is known"),
    ] = None
    latency_threshold_ms: Annotated[
        float,
        Meta(
            gt=0,
            description="an alarm sounds where 95 % of requests take longer than this, in 3 of 5 times 5 minutes",
        ),
    ] = 2_000
    minimum_rows: Annotated[int, Meta(ge=1, description="a window with fewer rows is not judged")] = 200
    ignore: Annotated[
        list[str],
        Meta(description="inputs that are measured and reported, but never raise the alarm"),
    ] = []

    @property
    def threshold(self) -> float:
        """The drift score that the statistic is to have: as declared, or the default."""
        return DRIFT_THRESHOLD if self.drift_threshold is None else self.drift_threshold

    @property
    def alarm_threshold(self) -> float:
        """The drift score from which the alarm sounds; with a budget, scores are over thresholds."""
        return self.threshold if self.false_alarms_per_month is None else 1.0

    @property
    def decay_thresholds(self) -> dict[str, float]:
        """From which decay an alarm sounds, by the metric that it watches."""
        declared = {
            metrics.DECAY: self.decay_threshold,
            metrics.ESTIMATED_DECAY: self.estimated_decay_threshold,
        }
        return {name: threshold for name, threshold in declared.items() if threshold is not None}

    @property
    def measured(self) -> list[str]:
        """The names of the statistics to compute, that which the threshold is for among them."""
        return list(dict.fromkeys([self.statistic, *self.statistics]))

    @property
    def segment_threshold(self) -> float:
        """The drift score from which a segment has drifted, which is always that of ``psi``."""
        return self.threshold if self.statistic == "psi" else DRIFT_THRESHOLD
