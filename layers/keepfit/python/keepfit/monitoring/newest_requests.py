"""The newest requests of a prediction log, read from its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from keepfit.errors import NotFound
from keepfit.monitoring.ports import PredictionLog
from keepfit.monitoring.prediction_log.parse import Prediction, read_log_object

# How far back to look before looking further: listing a busy log whole takes long.
_WINDOWS = (timedelta(days=1), timedelta(days=30))


def newest_requests(log: PredictionLog, model: str, *, limit: int, at: datetime) -> dict[str, dict[str, Any]]:
    """The inputs of the requests that were logged last before ``at``, by prediction id, the newest first.

    There are up to ``limit``. A request that was delivered twice counts once; golden requests do not count.
    """
    found: dict[str, dict[str, Any]] = {}
    for key in _newest_keys(log, at):
        if len(found) >= limit:
            break
        with suppress(NotFound):  # it has expired
            for prediction in sorted(
                read_log_object(log.read(key), model).predictions, key=_at, reverse=True
            ):
                found.setdefault(prediction.prediction_id, prediction.inputs)
    return dict(islice(found.items(), limit))


def newest_since(log: PredictionLog, model: str, since: datetime, *, objects: int) -> Iterator[Prediction]:
    """The predictions from ``since`` on, of the newest ``objects`` of the log, newest first."""
    for key in [*log.after(f"{since:%Y/%m/%d/%H/}")][: -objects - 1 : -1]:
        with suppress(NotFound):  # it has expired
            predictions = read_log_object(log.read(key), model).predictions
            yield from (each for each in reversed(predictions) if each.at >= since)


def _newest_keys(log: PredictionLog, at: datetime) -> Iterator[str]:
    before: str | None = None
    for since in (*(f"{at - window:%Y/%m/%d/%H/}" for window in _WINDOWS), ""):
        keys = [key for key in log.after(since) if before is None or key <= before]
        yield from reversed(keys)
        before = since


def _at(prediction: Prediction) -> datetime:
    return prediction.at
