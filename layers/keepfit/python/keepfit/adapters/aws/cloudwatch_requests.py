"""CanaryRequests from the metrics of AWS Lambda in Amazon CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from keepfit.adapters.aws.clients import client, translated
from keepfit.serving.release.canary import RequestCounts

_PERIOD = timedelta(minutes=1)
_METRICS = {
    "requests": ("Invocations", "Sum"),
    "failures": ("Errors", "Sum"),
    "durations": ("Duration", "Average"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudWatchRequests:
    """See ``serving.ports.CanaryRequests``; invocations by version number are not counted.

    Golden requests are such invocations.
    """

    function: str

    def count(self, lambda_version: str, *, since: datetime, until: datetime) -> RequestCounts:
        pages = (
            client("cloudwatch")
            .get_paginator("get_metric_data")
            .paginate(
                MetricDataQueries=[
                    self._query(name, metric, statistic, lambda_version)
                    for name, (metric, statistic) in _METRICS.items()
                ],
                StartTime=since.replace(second=0, microsecond=0),
                EndTime=until.replace(second=0, microsecond=0) + _PERIOD,
            )
        )
        values: dict[str, list[float]] = {name: [] for name in _METRICS}
        with translated(f"requests to version {lambda_version} of {self.function}"):
            for page in pages:
                for result in page["MetricDataResults"]:
                    values[result["Id"]] += result["Values"]
        return RequestCounts(
            requests=int(sum(values["requests"])),
            failures=int(sum(values["failures"])),
            duration_ms=median(values["durations"]) if values["durations"] else None,
        )

    def _query(self, name: str, metric: str, statistic: str, lambda_version: str) -> dict[str, Any]:
        dimensions = {
            "FunctionName": self.function,
            "Resource": f"{self.function}:live",
            "ExecutedVersion": lambda_version,
        }
        return {
            "Id": name,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": metric,
                    "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                },
                "Period": int(_PERIOD.total_seconds()),
                "Stat": statistic,
            },
        }
