"""Metrics in Amazon CloudWatch, minute by minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from keepfit.adapters.aws.clients import client, translated

MINUTE: Final = timedelta(minutes=1)


def minute_of(at: datetime) -> datetime:
    """When the minute of an instant began."""
    return at.replace(second=0, microsecond=0)


def read_minutes(
    metrics: Mapping[str, tuple[str, str]],
    *,
    namespace: str,
    dimensions: Mapping[str, str],
    since: datetime,
    until: datetime,
    what: str,
) -> dict[str, list[float]]:
    """Reads the values of metrics, one for each minute with any, ``since`` and ``until`` included.

    Args:
        metrics: what each value is called here, to the metric and its statistic.
        namespace: of all of them.
        dimensions: of all of them.
        since: the first minute.
        until: the last one.
        what: is read, for errors.
    """
    queries = [
        {
            "Id": name,
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": metric,
                    "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                },
                "Period": int(MINUTE.total_seconds()),
                "Stat": statistic,
            },
        }
        for name, (metric, statistic) in metrics.items()
    ]
    values: dict[str, list[float]] = {name: [] for name in metrics}
    with translated(what):
        for result in _results(queries, minute_of(since), minute_of(until) + MINUTE):
            values[result["Id"]] += result["Values"]
    return values


def _results(queries: Sequence[dict[str, Any]], start: datetime, end: datetime) -> list[dict[str, Any]]:
    if start >= end:
        return []
    pages = client("cloudwatch").get_paginator("get_metric_data")
    found = pages.paginate(MetricDataQueries=queries, StartTime=start, EndTime=end)
    return [result for page in found for result in page["MetricDataResults"]]
