"""CanaryRequests from the metrics of a load balancer's target groups in Amazon CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

from keepfit.adapters.aws.clients import client, translated
from keepfit.adapters.aws.container_resources import ContainerResources
from keepfit.adapters.aws.dynamodb_placement import DynamoPlacement
from keepfit.serving.release.canary import RequestCounts

_PERIOD: Final = timedelta(minutes=1)
_METRICS: Final = {
    "requests": ("RequestCount", "Sum"),
    "failures": ("HTTPCode_Target_5XX_Count", "Sum"),
    "unanswered": ("TargetConnectionErrorCount", "Sum"),
    "durations": ("TargetResponseTime", "Average"),
    "healthy": ("HealthyHostCount", "Maximum"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancerRequests:
    """See ``serving.ports.CanaryRequests``.

    A slot has a target group for clients alone, and one release while a canary is tried: what its target group counts
    is that release's. A release that is in no slot was asked nothing.
    """

    resources: ContainerResources
    record: DynamoPlacement

    def count(self, lambda_version: str, *, since: datetime, until: datetime) -> RequestCounts:
        slot = self.record.get().slot_of(lambda_version)
        if slot is None:
            return RequestCounts(requests=0, failures=0)
        dimensions = self._dimensions(self.resources.slots[slot].live)
        pages = (
            client("cloudwatch")
            .get_paginator("get_metric_data")
            .paginate(
                MetricDataQueries=[
                    _query(name, metric, statistic, dimensions)
                    for name, (metric, statistic) in _METRICS.items()
                ],
                StartTime=since.replace(second=0, microsecond=0),
                EndTime=until.replace(second=0, microsecond=0) + _PERIOD,
            )
        )
        values: dict[str, list[float]] = {name: [] for name in _METRICS}
        with translated(f"requests to release {lambda_version}"):
            for page in pages:
                for result in page["MetricDataResults"]:
                    values[result["Id"]] += result["Values"]
        failures = sum(values["failures"]) + sum(values["unanswered"])
        return RequestCounts(
            requests=max(int(sum(values["requests"])), int(failures)),
            failures=int(failures),
            duration_ms=1000 * median(values["durations"]) if values["durations"] else None,
            down=any(most == 0 for most in values["healthy"]),
        )

    def _dimensions(self, target_group: str) -> list[dict[str, str]]:
        """Those of a target group, as the parts of ARNs that CloudWatch names them by."""
        # arn:aws:elasticloadbalancing:region:account:listener-rule/app/name/id/listener/rule
        _, kind, name, number, *_ = self.resources.live.rsplit(":", 1)[-1].split("/")
        return [
            {"Name": "LoadBalancer", "Value": f"{kind}/{name}/{number}"},
            {"Name": "TargetGroup", "Value": target_group.rsplit(":", 1)[-1]},
        ]


def _query(name: str, metric: str, statistic: str, dimensions: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/ApplicationELB",
                "MetricName": metric,
                "Dimensions": dimensions,
            },
            "Period": int(_PERIOD.total_seconds()),
            "Stat": statistic,
        },
    }
