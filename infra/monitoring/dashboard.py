"""The CloudWatch dashboard of a model."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct
from msgspec import UNSET

from infra.model_context import ModelContext
from infra.monitoring.monitor_metrics import monitor_metric
from infra.serving.predict_function import PredictFunction
from keepfit.monitoring import metrics


class Dashboard(Construct):
    """One dashboard per model: drift, requests and training runs."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: ModelContext,
        predict: PredictFunction,
        machine: stepfunctions.IStateMachine,
    ) -> None:
        super().__init__(scope, construct_id)
        threshold = cloudwatch.HorizontalAnnotation(
            value=context.model.definition.monitoring.alarm_threshold,
            label="alarm",
            color=cloudwatch.Color.RED,
        )
        ended = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut")
        self.name = context.scope.stack
        cloudwatch.Dashboard(
            self,
            "Page",
            dashboard_name=self.name,
            widgets=[
                [
                    _graph("Worst drift", monitor_metric(context, metrics.WORST_DRIFT), annotation=threshold),
                    _graph("Drifted inputs", monitor_metric(context, metrics.DRIFTED_INPUTS)),
                    _graph("Runs", *(_run_metric(metric, machine) for metric in ended)),
                ],
                [
                    _graph(title, *metrics)
                    for title, metrics in predict.request_metrics(Duration.minutes(1)).items()
                ],
                [_performance(context)],
            ],
        )


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
    title: str, *metrics: cloudwatch.Metric, annotation: cloudwatch.HorizontalAnnotation | None = None
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title, left=list(metrics), left_annotations=[annotation] if annotation else None, width=8
    )
