"""Metrics of one model on Amazon CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keepfit.adapters.aws.clients import client, translated
from keepfit.monitoring import metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudWatchMetrics:
    """See ``monitoring.ports.Metrics``; CloudWatch has accepted a metric when the method returns."""

    model: str

    def heartbeat(self) -> None:
        self._put({metrics.HEARTBEAT: 1})

    def drift(self, *, worst_drift: float, drifted_inputs: int) -> None:
        self._put({metrics.WORST_DRIFT: worst_drift, metrics.DRIFTED_INPUTS: drifted_inputs})

    def performance(self, value: float) -> None:
        self._put({metrics.LIVE_PERFORMANCE: value})

    def estimate(self, value: float) -> None:
        self._put({metrics.ESTIMATED_PERFORMANCE: value})

    def decay(self, values: Mapping[str, float]) -> None:
        self._put(values)

    def incidents(self, count: int) -> None:
        """See ``training.runs.ports.IncidentMetrics``."""
        self._put({metrics.OPEN_INCIDENTS: count})

    def _put(self, values: Mapping[str, float]) -> None:
        dimensions = [{"Name": metrics.DIMENSION, "Value": self.model}]
        data = [
            {"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": "Count"}
            for name, value in values.items()
        ]
        with translated(f"metrics of {self.model}"):
            client("cloudwatch").put_metric_data(Namespace=metrics.NAMESPACE, MetricData=data)
