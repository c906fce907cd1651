"""Monitoring, in the cloud: the function that compares, its schedule, the alarms, and one page that shows it."""

from __future__ import annotations

import math

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.constructs.access import (
    Access,
    put_events,
    put_metrics,
    read_objects,
    write_files,
    write_items,
    write_objects,
)
from infra.constructs.alarm import AtLeast, FewerThan, alarm_when
from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.function import FunctionPlan
from infra.constructs.schedule import schedule
from infra.model_context import ModelPlace
from infra.serving.predict_function import LIVE
from infra.serving.release_functions import alias_reading
from keepfit import variables
from keepfit.events import ALARM_STANDING
from keepfit.monitoring import metrics

# Points come up to a minute late: a shorter period would be over before its point is seen.
_PERIOD = Duration.minutes(1)
_DAY = 24 * 60 * 60


class Monitor(Construct):
    """``function`` compares the newest window with the reference profile, on schedule and when asked."""

    def __init__(
        self, scope: Construct, construct_id: str, *, place: ModelPlace, predict: lambda_.IFunction
    ) -> None:
        super().__init__(scope, construct_id)
        name, lake = place.model.name, place.platform.lake
        collected, reports = place.scope.predictions, place.scope.reports
        missed = DeadLetterQueue(self, "Missed", alarm_name=place.scope.alarm("missed-monitoring"))
        self.function = place.step(
            self,
            FunctionPlan(
                name="monitor_model",
                uses=("keepfit", "data", "powertools"),
                seconds=900,
                memory_mb=2048,
                known_as=place.known_as("monitor_model"),
            ),
            environment={
                variables.PREDICT_FUNCTION: predict.function_name,
                variables.DRIFT_ALARM: place.scope.drift_alarm,
            },
            access=[
                place.definition.reading,
                *read_objects(lake, place.scope.prediction_log, collected, reports),
                *write_files(lake, collected),
                *write_objects(lake, reports),
                *read_objects(place.platform.artifacts, place.scope.versions),
                write_items(place.platform.registry, place.scope.partition),
                alias_reading(predict),
                Access(actions=("cloudwatch:DescribeAlarms",), resources=(place.alarm_arn(self),)),
                put_metrics(metrics.NAMESPACE),
                put_events(Stack.of(self), ALARM_STANDING),
            ],
            failures=missed,
        ).function
        schedule(
            self,
            "Schedule",
            says=f"Compares what {name} sees with what it was trained on",
            every=place.model.definition.monitoring.schedule,
            target=self.function.function_arn,
            asks={},
            by=place.platform.scheduling,
        )


class Alarms(Construct):
    """``drift`` starts retraining; ``heartbeat`` notices a monitor that fell silent."""

    def __init__(
        self, scope: Construct, construct_id: str, *, place: ModelPlace, predict: lambda_.IFunction
    ) -> None:
        super().__init__(scope, construct_id)
        monitoring = place.model.definition.monitoring
        self.drift = alarm_when(
            self,
            "Drift",
            name=place.scope.drift_alarm,
            says=f"An input or the score of {place.model.name} moved from what it was trained on.",
            metric=own_metric(place, metrics.WORST_DRIFT),
            limit=AtLeast(monitoring.drift_threshold),
            # Between two runs of the monitor nothing is measured: the last verdict stands.
            silence=cloudwatch.TreatMissingData.IGNORE,
        )
        period, periods = _two_turns(monitoring.schedule.seconds)
        self.heartbeat = alarm_when(
            self,
            "Heartbeat",
            name=place.scope.heartbeat_alarm,
            says=f"The monitor of {place.model.name} did not report for two of its turns: drift would go unnoticed.",
            metric=own_metric(place, metrics.HEARTBEAT, statistic="Sum", period=period),
            limit=FewerThan(1, periods),
            silence=cloudwatch.TreatMissingData.BREACHING,
        )
        alarm_when(
            self,
            "Errors",
            name=place.scope.alarm("errors"),
            says=f"Requests to {place.model.name} fail inside; clients get 500.",
            metric=predict.metric_errors(period=Duration.minutes(5), statistic="Sum"),
            limit=AtLeast(5),
        )


class Dashboard(Construct):
    """One page per model: is it fit, is it used, does it learn."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        place: ModelPlace,
        predict: lambda_.IFunction,
        machine: stepfunctions.IStateMachine,
    ) -> None:
        super().__init__(scope, construct_id)
        threshold = cloudwatch.HorizontalAnnotation(
            value=place.model.definition.monitoring.drift_threshold, label="alarm", color=cloudwatch.Color.RED
        )
        live = {"FunctionName": predict.function_name, "Resource": f"{predict.function_name}:{LIVE}"}
        ended = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut")
        self.name = place.scope.stack
        cloudwatch.Dashboard(
            self,
            "Page",
            dashboard_name=self.name,
            widgets=[
                [
                    _graph("Worst drift", own_metric(place, metrics.WORST_DRIFT), annotation=threshold),
                    _graph("Drifted inputs", own_metric(place, metrics.DRIFTED_INPUTS)),
                    _graph("Runs", *(_of_runs(metric, machine) for metric in ended)),
                ],
                [
                    _graph("Requests", _of_requests("Invocations", live, "Sum")),
                    _graph("Failed requests", _of_requests("Errors", live, "Sum")),
                    _graph(
                        "Duration",
                        *(_of_requests("Duration", live, statistic) for statistic in ("p50", "p99")),
                    ),
                ],
            ],
        )


def own_metric(
    place: ModelPlace, name: str, *, statistic: str = "Maximum", period: Duration = _PERIOD
) -> cloudwatch.Metric:
    """A metric that the monitor writes."""
    return cloudwatch.Metric(
        namespace=metrics.NAMESPACE,
        metric_name=name,
        dimensions_map={metrics.DIMENSION: place.model.name},
        statistic=statistic,
        period=period,
    )


def _two_turns(schedule_seconds: int) -> tuple[Duration, int]:
    """Length and number of the periods that two turns take: none may be longer than a day."""
    both = 2 * schedule_seconds
    periods = math.ceil(both / _DAY)
    return Duration.minutes(math.ceil(both / periods / 60)), periods


def _of_requests(name: str, dimensions: dict[str, str], statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=Duration.minutes(1),
        label=f"{name} {statistic}",
    )


def _of_runs(name: str, machine: stepfunctions.IStateMachine) -> cloudwatch.Metric:
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
