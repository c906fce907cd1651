"""The CloudWatch dashboard of all models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from keepfit.definitions.compiled_model import CompiledModel
from keepfit.layout import ModelScope
from keepfit.monitoring import metrics

NAME: Final = "keepfit"
_MAX_ALARMS: Final = 100
"""What one widget of CloudWatch shows."""
_WIDTH: Final = 24
_GRAPHS: Final = {
    "Worst drift": metrics.WORST_DRIFT,
    "Drifted inputs": metrics.DRIFTED_INPUTS,
    "Open incidents": metrics.OPEN_INCIDENTS,
    "Estimated performance": metrics.ESTIMATED_PERFORMANCE,
    "Performance on what came true": metrics.LIVE_PERFORMANCE,
    "Runs of the monitor": metrics.HEARTBEAT,
}


class Overview(Construct):
    """One dashboard with what asks for a person, and a line for each model in each graph.

    Graphs search for their lines by the metric, so that a model which is deployed later is found too.
    """

    def __init__(self, scope: Construct, construct_id: str, *, models: Sequence[CompiledModel]) -> None:
        super().__init__(scope, construct_id)
        rows: list[list[cloudwatch.IWidget]] = [[widget] for widget in self._alarms(models)]
        rows.append([_graph(title, name) for title, name in _GRAPHS.items()])
        cloudwatch.Dashboard(self, "Page", dashboard_name=NAME, widgets=rows)

    def _alarms(self, models: Sequence[CompiledModel]) -> list[cloudwatch.IWidget]:
        """The alarms that every model has and that say by themselves how it is, in widgets of a hundred."""
        names = [
            name
            for scope in (ModelScope(model.name) for model in models)
            for name in (scope.drift_alarm, scope.heartbeat_alarm, scope.incident_alarm)
        ]
        stack = Stack.of(self)
        found = [
            cloudwatch.Alarm.from_alarm_arn(
                self,
                name,
                stack.format_arn(
                    service="cloudwatch",
                    resource="alarm",
                    resource_name=name,
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                ),
            )
            for name in names
        ]
        return [
            cloudwatch.AlarmStatusWidget(
                title="Drift, heartbeat and incidents",
                alarms=found[first : first + _MAX_ALARMS],
                width=_WIDTH,
            )
            for first in range(0, len(found), _MAX_ALARMS)
        ]


def _graph(title: str, name: str) -> cloudwatch.IWidget:
    """A line for each model, labelled by its name."""
    schema = f"{{{metrics.NAMESPACE},{metrics.DIMENSION}}}"
    found = cloudwatch.MathExpression(
        expression=f"SEARCH('{schema} MetricName=\"{name}\"', 'Maximum', 300)",
        using_metrics={},
        label="",
        period=Duration.minutes(5),
    )
    return cloudwatch.GraphWidget(title=title, left=[found], width=8)
