"""CanaryRequests from the metrics of AWS Lambda in Amazon CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median

from keepfit.adapters.aws.minute_metrics import read_minutes
from keepfit.serving.release.canary import RequestCounts

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
        values = read_minutes(
            _METRICS,
            namespace="AWS/Lambda",
            dimensions={
                "FunctionName": self.function,
                "Resource": f"{self.function}:live",
                "ExecutedVersion": lambda_version,
            },
            since=since,
            until=until,
            what=f"requests to version {lambda_version} of {self.function}",
        )
        return RequestCounts(
            requests=int(sum(values["requests"])),
            failures=int(sum(values["failures"])),
            duration_ms=median(values["durations"]) if values["durations"] else None,
        )
