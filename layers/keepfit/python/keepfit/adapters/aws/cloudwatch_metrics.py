"""Metrics of one model on Amazon CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass

from keepfit.adapters.aws.clients import client, translated

NAMESPACE = "keepfit"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudWatchMetrics:
    """See ``monitoring.ports.Metrics``: sent, and known to be accepted, before the monitor's run ends."""

    model: str

    def heartbeat(self) -> None:
        self._put(monitor_heartbeat=1)

    def drift(self, *, worst_drift: float, drifted_inputs: int) -> None:
        self._put(worst_drift=worst_drift, drifted_inputs=drifted_inputs)

    def _put(self, **values: float) -> None:
        # Alarms match the whole set of dimensions: no other may join it.
        dimensions = [{"Name": "Model", "Value": self.model}]
        data = [
            {"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": "Count"}
            for name, value in values.items()
        ]
        with translated(f"metrics of {self.model}"):
            client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)
