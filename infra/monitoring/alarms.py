"""The alarms of a model: drift, decay, a silent monitor, incidents, failing requests."""

from __future__ import annotations

import math

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.alarm import AtLeast, LessThan, metric_alarm
from infra.model_context import ModelContext
from infra.monitoring.monitor_metrics import monitor_metric
from infra.serving.predict_function import PredictFunction
from keepfit.monitoring import metrics

_DAY_S = 24 * 60 * 60
_AS = {metrics.DECAY: ", on what came true", metrics.ESTIMATED_DECAY: ", as its own answers let expect"}


class Alarms(Construct):
    """``drift`` and decay start retraining, ``heartbeat`` and incidents ask for a person."""

    def __init__(
        self, scope: Construct, construct_id: str, *, context: ModelContext, predict: PredictFunction
    ) -> None:
        super().__init__(scope, construct_id)
        monitoring = context.model.definition.monitoring
        self.drift = metric_alarm(
            self,
            "Drift",
            name=context.scope.drift_alarm,
            description=f"An input or the score of {context.model.name} moved from what it was trained on.",
            metric=monitor_metric(context, metrics.WORST_DRIFT),
            threshold=AtLeast(monitoring.alarm_threshold),
            # Between two runs of the monitor nothing is measured: the last state stays.
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        for decay, threshold in monitoring.decay_thresholds.items():
            metric_alarm(
                self,
                "".join(word.capitalize() for word in decay.split("_")),
                name=context.decay_alarms[decay],
                description=f"{context.model.name} does worse than when it was judged{_AS[decay]}.",
                metric=monitor_metric(context, decay),
                threshold=AtLeast(threshold),
                # As of drift; and a new champion that has answered too little keeps the last verdict.
                treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
            )
        period, periods = _two_intervals(monitoring.schedule.seconds)
        self.heartbeat = metric_alarm(
            self,
            "Heartbeat",
            name=context.scope.heartbeat_alarm,
            description=f"The monitor of {context.model.name} did not report for two of its turns: "
            "drift would go unnoticed.",
            metric=monitor_metric(context, metrics.HEARTBEAT, statistic="Sum", period=period),
            threshold=LessThan(1, periods),
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        metric_alarm(
            self,
            "Incident",
            name=context.scope.incident_alarm,
            description=f"Automatic trainings of {context.model.name} have stopped: `keepfit incidents` says why.",
            metric=monitor_metric(context, metrics.OPEN_INCIDENTS),
            threshold=AtLeast(1),
            # Told when one is opened or closed, and never between.
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        for suffix, failures in predict.failures(Duration.minutes(5)).items():
            metric_alarm(
                self,
                f"Errors{suffix.capitalize()}",
                name=context.scope.alarm("-".join(filter(None, ("errors", suffix)))),
                description=f"Requests to {context.model.name} fail inside; clients get 500.",
                metric=failures,
                threshold=AtLeast(5),
            )


def _two_intervals(schedule_seconds: int) -> tuple[Duration, int]:
    """The length and number of the periods in two intervals of a schedule; none exceeds a day."""
    both = 2 * schedule_seconds
    periods = math.ceil(both / _DAY_S)
    return Duration.minutes(math.ceil(both / periods / 60)), periods
