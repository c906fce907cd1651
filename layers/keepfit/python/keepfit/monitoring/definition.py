"""How a model is declared to be watched."""

from __future__ import annotations

import msgspec

from keepfit.instants import Duration


class MonitoringDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often the newest ``window`` (by event time of the requests) is compared with the reference profile.

    ``drift_threshold`` is the population stability index above which an input, or the score, counts as drifted.
    """

    window: Duration = Duration.parse("30d")
    schedule: Duration = Duration.parse("1h")
    drift_threshold: float = 0.25
    minimum_rows: int = 200
