"""The CloudWatch dashboard of a model."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct
from msgspec import UNSET

from infra.model_context import ModelContext
from infra.monitoring.monitor_metrics import monitor_metric
from infra.serving.predict_function import PredictFunction
from keepfit.monitoring import metrics

_WIDTH = 24
_ENDED = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut")


class Dashboard(Construct):
    """One dashboard per model: its alarms, drift, decay, requests, training runs and incidents."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: ModelContext,
        predict: PredictFunction,
        machine: stepfunctions.IStateMachine,
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = context.scope.stack
        cloudwatch.Dashboard(
            self,
            "Page",
            dashboard_name=self.name,
            widgets=[
                [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=_WIDTH, height=3)],
                _drift(context),
                _requests(context, predict),
                [
                    _graph("Runs", *(_run_metric(metric, machine) for metric in _ENDED)),
                    _graph("Open incidents", monitor_metric(context, metrics.OPEN_INCIDENTS)),
                    _graph(
                        "Runs of the monitor",
                        monitor_metric(context, metrics.HEARTBEAT, statistic="Sum", period=Duration.hours(1)),
                    ),
                ],
            ],
        )


def _drift(context: ModelContext) -> list[cloudwatch.IWidget]:
    monitoring = context.model.definition.monitoring
    worst = monitor_metric(context, metrics.WORST_DRIFT)
    widgets: list[cloudwatch.IWidget] = [
        _graph("Worst drift", worst, thresholds={"alarm": monitoring.alarm_threshold}),
        _graph("Drifted inputs", monitor_metric(context, metrics.DRIFTED_INPUTS)),
        _performance(context),
    ]
    if monitoring.decay_thresholds:
        decays = [monitor_metric(context, name) for name in monitoring.decay_thresholds]
        widgets.append(_graph("Decay", *decays, thresholds=monitoring.decay_thresholds))
    return widgets


def _requests(context: ModelContext, predict: PredictFunction) -> list[cloudwatch.IWidget]:
    limit = context.model.definition.monitoring.latency_threshold_ms * predict.units_per_ms
    return [
        _graph(title, *found, thresholds={"alarm on p95": limit} if title == "Duration" else None)
        for title, found in predict.request_metrics(Duration.minutes(1)).items()
    ]


def _performance(context: ModelContext) -> cloudwatch.IWidget:
    """The metric that judges, as it is estimated; of a model with outcomes, on what came true, too."""
    names = [metrics.ESTIMATED_PERFORMANCE]
    title = f"Estimated {context.model.definition.gates.metric}"
    if context.model.outcomes is not UNSET:
        names.append(metrics.LIVE_PERFORMANCE)
        title += ", and on what came true"
    return _graph(title, *(monitor_metric(context, name) for name in names))


def _run_metric(name: str, machine: stepfunctions.IStateMachine) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/States",
        metric_name=name,
        dimensions_map={"StateMachineArn": machine.state_machine_arn},
        statistic="Sum",
        period=Duration.hours(1),
    )


def _graph(
    title: str, *found: cloudwatch.Metric, thresholds: dict[str, float] | None = None
) -> cloudwatch.GraphWidget:
    lines = [
        cloudwatch.HorizontalAnnotation(value=value, label=label, color=cloudwatch.Color.RED)
        for label, value in (thresholds or {}).items()
    ]
    return cloudwatch.GraphWidget(title=title, left=list(found), left_annotations=lines or None, width=8)
