"""The definition of a model's monitoring: schedule, window, threshold."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from keepfit.instants import Duration
from keepfit.monitoring.drift.registry import StatisticName


class MonitoringDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the newest window of requests is compared with what the model was trained on."""

    window: Annotated[
        Duration, Meta(description="how far the window reaches back, by the event time of the requests")
    ] = Duration.parse("30d")
    schedule: Annotated[Duration, Meta(description="how often the monitor runs, from `1m` to `84h`")] = (
        Duration.parse("1h")
    )
    statistic: Annotated[
        StatisticName, Meta(description="how the distance between the two is measured, column by column")
    ] = "psi"
    drift_threshold: Annotated[
        float,
        Meta(
            gt=0,
            description="the drift score from which an input, or what is predicted, counts as drifted",
        ),
    ] = 0.25
    minimum_rows: Annotated[int, Meta(ge=1, description="a window with fewer rows is not judged")] = 200
    ignore: Annotated[
        list[str],
        Meta(description="inputs that are measured and reported, but never raise the alarm"),
    ] = []
