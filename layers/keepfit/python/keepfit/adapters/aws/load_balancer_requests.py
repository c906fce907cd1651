"""CanaryRequests from the metrics of a load balancer's target groups in Amazon CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Final

from keepfit.adapters.aws.container_resources import ContainerResources
from keepfit.adapters.aws.dynamodb_placement import DynamoPlacement
from keepfit.adapters.aws.minute_metrics import MINUTE, minute_of, read_minutes
from keepfit.serving.release.canary import NOT_ASKED, RequestCounts

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
    is that release's, but for the minute in which it took the slot over from another. A release that is in no slot was
    asked nothing.
    """

    resources: ContainerResources
    record: DynamoPlacement

    def count(self, lambda_version: str, *, since: datetime, until: datetime) -> RequestCounts:
        placement = self.record.get()
        slot = placement.slot_of(lambda_version)
        if slot is None:
            return NOT_ASKED
        taken_at = placement.taken_at.get(slot)
        if taken_at is not None:
            since = max(since, minute_of(taken_at) + MINUTE)
        values = read_minutes(
            _METRICS,
            namespace="AWS/ApplicationELB",
            dimensions=self._dimensions(self.resources.slots[slot].live),
            since=since,
            until=until,
            what=f"requests to release {lambda_version}",
        )
        failures = sum(values["failures"]) + sum(values["unanswered"])
        return RequestCounts(
            requests=max(int(sum(values["requests"])), int(failures)),
            failures=int(failures),
            duration_ms=1000 * median(values["durations"]) if values["durations"] else None,
            down=any(most == 0 for most in values["healthy"]),
        )

    def _dimensions(self, target_group: str) -> dict[str, str]:
        """Those of a target group, as the parts of ARNs that CloudWatch names them by."""
        # arn:aws:elasticloadbalancing:region:account:listener-rule/app/name/id/listener/rule
        _, kind, name, number, *_ = self.resources.live.rsplit(":", 1)[-1].split("/")
        return {
            "LoadBalancer": f"{kind}/{name}/{number}",
            "TargetGroup": target_group.rsplit(":", 1)[-1],
        }
