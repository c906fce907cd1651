"""Copies of the requests that clients sent to a champion, for its shadow."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Any, Final

from keepfit.monitoring.newest_requests import newest_since
from keepfit.monitoring.ports import PredictionLog

MAX_OBJECTS: Final = 300
"""Objects of the log that are read for them."""
_ALL: Final = 2**32


def copied_requests(
    log: PredictionLog, model: str, *, share: float, since: datetime, limit: int
) -> list[dict[str, Any]]:
    """The inputs of a ``share`` of the rows that were answered from ``since`` on, newest first.

    Which rows they are depends on their prediction ids alone; a row that was delivered twice counts once.
    """
    found: dict[str, dict[str, Any]] = {}
    for prediction in newest_since(log, model, since, objects=MAX_OBJECTS):
        if len(found) >= limit:
            break
        if zlib.crc32(prediction.prediction_id.encode()) < share * _ALL:
            found[prediction.prediction_id] = prediction.inputs
    return [*found.values()]
