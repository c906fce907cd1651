"""The alarms of a model: drift, decay, a silent monitor, incidents, failing and slow requests."""

from __future__ import annotations

import math
from collections.abc import Iterator

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.alarm import AtLeast, LessThan, metric_alarm
from infra.model_context import ModelContext
from infra.monitoring.monitor_metrics import monitor_metric
from infra.serving.predict_function import PredictFunction
from keepfit.monitoring import metrics

_DAY_S = 24 * 60 * 60
_REQUEST_PERIOD = Duration.minutes(5)
_AS = {metrics.DECAY: ", on what came true", metrics.ESTIMATED_DECAY: ", as its own answers let expect"}


class Alarms(Construct):
    """``drift`` and decay start retraining, ``heartbeat`` and incidents ask for a person; ``all`` of them."""

    def __init__(
        self, scope: Construct, construct_id: str, *, context: ModelContext, predict: PredictFunction
    ) -> None:
        super().__init__(scope, construct_id)
        self._context = context
        self.drift = self._drift()
        self.heartbeat = self._heartbeat()
        self.all: list[cloudwatch.Alarm] = [
            self.drift,
            *self._decay(),
            self.heartbeat,
            self._incident(),
            *self._errors(predict),
            *self._latency(predict),
        ]

    def _drift(self) -> cloudwatch.Alarm:
        context = self._context
        return metric_alarm(
            self,
            "Drift",
            name=context.scope.drift_alarm,
            description=f"An input or the score of {context.model.name} moved from what it was trained on.",
            metric=monitor_metric(context, metrics.WORST_DRIFT),
            threshold=AtLeast(context.model.definition.monitoring.alarm_threshold),
            # Between two runs of the monitor nothing is measured: the last state stays.
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )

    def _decay(self) -> Iterator[cloudwatch.Alarm]:
        context = self._context
        for decay, threshold in context.model.definition.monitoring.decay_thresholds.items():
            yield metric_alarm(
                self,
                "".join(word.capitalize() for word in decay.split("_")),
                name=context.decay_alarms[decay],
                description=f"{context.model.name} does worse than when it was judged{_AS[decay]}.",
                metric=monitor_metric(context, decay),
                threshold=AtLeast(threshold),
                # As of drift; and a new champion that has answered too little keeps the last verdict.
                treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
            )

    def _heartbeat(self) -> cloudwatch.Alarm:
        context = self._context
        period, periods = _two_intervals(context.model.definition.monitoring.schedule.seconds)
        return metric_alarm(
            self,
            "Heartbeat",
            name=context.scope.heartbeat_alarm,
            description=f"The monitor of {context.model.name} did not report for two of its turns: "
            "drift would go unnoticed.",
            metric=monitor_metric(context, metrics.HEARTBEAT, statistic="Sum", period=period),
            threshold=LessThan(1, periods),
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )

    def _incident(self) -> cloudwatch.Alarm:
        context = self._context
        return metric_alarm(
            self,
            "Incident",
            name=context.scope.incident_alarm,
            description=f"Automatic trainings of {context.model.name} have stopped: `keepfit incidents` says why.",
            metric=monitor_metric(context, metrics.OPEN_INCIDENTS),
            threshold=AtLeast(1),
            # Told when one is opened or closed, and never between.
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )

    def _errors(self, predict: PredictFunction) -> Iterator[cloudwatch.Alarm]:
        context = self._context
        for suffix, failures in predict.failures(_REQUEST_PERIOD).items():
            yield metric_alarm(
                self,
                f"Errors{suffix.capitalize()}",
                name=context.scope.alarm("-".join(filter(None, ("errors", suffix)))),
                description=f"Requests to {context.model.name} fail inside; clients get 500.",
                metric=failures,
                threshold=AtLeast(5),
            )

    def _latency(self, predict: PredictFunction) -> Iterator[cloudwatch.Alarm]:
        context = self._context
        limit = context.model.definition.monitoring.latency_threshold_ms * predict.units_per_ms
        for suffix, latency in predict.latencies(_REQUEST_PERIOD).items():
            yield metric_alarm(
                self,
                f"Latency{suffix.capitalize()}",
                name=context.scope.alarm("-".join(filter(None, ("latency", suffix)))),
                description=f"Requests to {context.model.name} take longer than they may: clients wait.",
                metric=latency,
                # A cold start or one large request is one slow period; where nothing is asked nobody waits.
                threshold=AtLeast(limit, periods=5, datapoints=3),
            )


def _two_intervals(schedule_seconds: int) -> tuple[Duration, int]:
    """The length and number of the periods in two intervals of a schedule; none exceeds a day."""
    both = 2 * schedule_seconds
    periods = math.ceil(both / _DAY_S)
    return Duration.minutes(math.ceil(both / periods / 60)), periods
