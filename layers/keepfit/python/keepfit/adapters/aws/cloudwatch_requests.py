"""CanaryRequests from the metrics of AWS Lambda in Amazon CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from keepfit.adapters.aws.clients import client, translated
from keepfit.serving.release.canary import RequestCounts

_PERIOD = timedelta(minutes=1)
_METRICS = {"requests": "Invocations", "failures": "Errors"}


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
                    self._sum(name, metric, lambda_version) for name, metric in _METRICS.items()
                ],
                StartTime=since.replace(second=0, microsecond=0),
                EndTime=until.replace(second=0, microsecond=0) + _PERIOD,
            )
        )
        counts = dict.fromkeys(_METRICS, 0.0)
        with translated(f"requests to version {lambda_version} of {self.function}"):
            for page in pages:
                for result in page["MetricDataResults"]:
                    counts[result["Id"]] += sum(result["Values"])
        return RequestCounts(requests=int(counts["requests"]), failures=int(counts["failures"]))

    def _sum(self, name: str, metric: str, lambda_version: str) -> dict[str, Any]:
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
                "Stat": "Sum",
            },
        }
