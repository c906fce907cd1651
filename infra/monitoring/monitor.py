"""The monitor of a model: its function and its schedule."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct
from msgspec import UNSET

from bundling.layers import EXTRACTION
from infra.constructs.access import (
    Access,
    put_events,
    put_metrics,
    read_items,
    read_objects,
    read_versions,
    write_files,
    write_items,
    write_objects,
)
from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.function import FunctionProps
from infra.constructs.schedule import schedule
from infra.model_context import ModelContext
from infra.serving.predict_function import PredictFunction
from infra.serving.release_functions import read_alias
from keepfit import variables
from keepfit.events import ALARM_STANDING, GAIN_MEASURED
from keepfit.layout import DatasetScope
from keepfit.monitoring import metrics


class Monitor(Construct):
    """``function`` measures the drift of the newest window, on a schedule and after a release."""

    def __init__(
        self, scope: Construct, construct_id: str, *, context: ModelContext, predict: PredictFunction
    ) -> None:
        super().__init__(scope, construct_id)
        name, lake = context.model.name, context.platform.lake
        collected, reports = context.scope.predictions, context.scope.reports
        measuring = _to_measure_gains(context)
        missed = DeadLetterQueue(self, "Missed", alarm_name=context.scope.alarm("missed-monitoring"))
        self.function = context.make_function(
            self,
            FunctionProps(
                name="monitor_model",
                layers=("keepfit", "data", "powertools", *measuring),
                timeout_s=900,
                memory_mb=2048,
                function_name=context.function_name("monitor_model"),
            ),
            environment={
                **predict.environment,
                variables.DRIFT_ALARM: context.scope.drift_alarm,
            },
            access=[
                context.definition.read_access,
                *read_objects(lake, context.scope.prediction_log, collected, reports),
                *write_files(lake, collected),
                *write_objects(lake, reports),
                *read_objects(context.platform.artifacts, context.scope.versions),
                write_items(context.platform.registry, context.scope.partition),
                read_alias(predict.function),
                Access(actions=("cloudwatch:DescribeAlarms",), resources=context.alarm_arns(self)),
                put_metrics(metrics.NAMESPACE),
                put_events(Stack.of(self), ALARM_STANDING, *([GAIN_MEASURED] if measuring else [])),
                *_read_outcomes(context),
            ],
            dead_letter_queue=missed,
        ).function
        schedule(
            self,
            "Schedule",
            description=f"Compares what {name} sees with what it was trained on",
            rate=context.model.definition.monitoring.schedule,
            target=self.function.function_arn,
            payload={},
            scheduling=context.platform.scheduling,
        )


def _to_measure_gains(context: ModelContext) -> tuple[str, ...]:
    """The layer that has ONNX Runtime beside the data layer's numpy, where gains are measured."""
    return (EXTRACTION,) if context.model.outcomes is not UNSET and not context.model.graph else ()


def _read_outcomes(context: ModelContext) -> list[Access]:
    """Reads the dataset that holds the model's outcomes, where there is one."""
    outcomes = context.model.outcomes
    if outcomes is UNSET:
        return []
    scope = DatasetScope(outcomes.dataset)
    return [
        *read_versions(context.platform.lake, scope.folder),
        read_items(context.platform.registry, scope.partition),
    ]
