"""CloudWatch metrics: compact storage in which an alarm reads only its own window.

The stock emulator keeps one record per datum in order of arrival and scans all of them for every question.
"""

from __future__ import annotations

import bisect
import threading
import time
from typing import Any

from ministack.services import cloudwatch

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace

# How far back in a series an equal value of the same second is looked for, to be counted instead of stored again.
_MERGE_WINDOW = 16
_lock = threading.Lock()


def install(cloud: CloudContext) -> None:
    """Stores metrics by time, equal values of one second merged into one with a count."""
    expect(cloudwatch, "_metric_bucket", params="key")
    expect(cloudwatch, "_dims_key", params="dims")
    expect(cloudwatch, "_point_stats", params="pt", contains=('pt.get("Count", 1.0)',))
    replace(
        cloudwatch,
        "_store_datum",
        _store_datum,
        params="namespace,name,dims,ts,unit,value,values,counts,stat_values",
    )
    replace(cloudwatch, "record_metric", record, params="namespace,metric_name,value,unit,dimensions")


def record(
    namespace: str,
    metric_name: str,
    value: float,
    unit: str = "None",
    dimensions: dict[str, str] | None = None,
) -> None:
    """Stores one value observed now."""
    rounded = round(float(value), 1) if unit == "Milliseconds" else float(value)
    _store(namespace, metric_name, dict(dimensions or {}), float(int(time.time())), unit, {"Value": rounded})


def points_between(key: tuple[str, str, str], start: float, end: float) -> list[dict[str, Any]]:
    """The stored points of one series with ``start <= Timestamp < end`` (epoch seconds)."""
    series: list[dict[str, Any]] = cloudwatch._metrics.get(key) or []
    with _lock:
        first = bisect.bisect_left(series, start, key=_timestamp)
        last = bisect.bisect_left(series, end, lo=first, key=_timestamp)
        return series[first:last]


def _timestamp(point: dict[str, Any]) -> float:
    return float(point["Timestamp"])


def _store_datum(  # noqa: PLR0913, PLR0917 (the emulator's signature)
    namespace: str,
    name: str,
    dims: dict[str, str],
    ts: float,
    unit: str,
    value: float | None,
    values: list[float] | None,
    counts: list[float] | None,
    stat_values: dict[str, float] | None,
) -> None:
    if values is not None:
        for each, count in zip(values, counts or [1.0] * len(values), strict=False):
            _store(namespace, name, dims, ts, unit, {"Value": float(each), "Count": float(count)})
    elif stat_values is not None:
        samples = float(stat_values.get("SampleCount", 0))
        mean = float(stat_values.get("Sum", 0)) / samples if samples else 0.0
        _store(namespace, name, dims, ts, unit, {"Value": mean, "_stat": stat_values})
    else:
        _store(namespace, name, dims, ts, unit, {"Value": float(value or 0)})


def _store(
    namespace: str, name: str, dims: dict[str, str], ts: float, unit: str, datum: dict[str, Any]
) -> None:
    key = (namespace, name, cloudwatch._dims_key(dims))
    with _lock:
        series = cloudwatch._metric_bucket(key)
        if "_stat" not in datum and _merged(series, ts, unit, datum):
            return
        bisect.insort(series, {"Timestamp": ts, "Unit": unit, "Dimensions": dims, **datum}, key=_timestamp)


def _merged(series: list[dict[str, Any]], ts: float, unit: str, datum: dict[str, Any]) -> bool:
    for point in reversed(series[-_MERGE_WINDOW:]):
        if point["Timestamp"] != ts:
            return False
        if point["Value"] == datum["Value"] and point["Unit"] == unit and "_stat" not in point:
            point["Count"] = float(point.get("Count", 1.0)) + float(datum.get("Count", 1.0))
            return True
    return False
