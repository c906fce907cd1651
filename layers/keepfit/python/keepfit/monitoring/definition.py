"""How a model is declared to be watched."""

from __future__ import annotations

from typing import Annotated

import msgspec

from keepfit.instants import Duration


class MonitoringDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often the newest ``window`` (by event time of the requests) is compared with the reference.

    ``drift_threshold`` is the drift score (a population stability index less what chance alone gives) from
    which an input, or the model's predicted probability, counts as drifted. Fewer than ``minimum_rows`` rows
    are not judged. The inputs in ``ignore`` are measured and reported, but their drift is no news.
    """

    window: Duration = Duration.parse("30d")
    schedule: Duration = Duration.parse("1h")
    drift_threshold: Annotated[float, msgspec.Meta(gt=0)] = 0.25
    minimum_rows: Annotated[int, msgspec.Meta(ge=1)] = 200
    ignore: list[str] = []
