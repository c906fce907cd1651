"""What starts a training run. Every trigger goes to the state machine as it came; its first state decides."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.constructs.queue import DeadLetterQueue
from infra.constructs.schedule import every
from infra.model_place import ModelPlace

_OWN = "keepfit"


class Triggers(Construct):
    """New data, the drift alarm, what the model's own steps ask for, and the clock where the definition wants it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        place: ModelPlace,
        machine: stepfunctions.IStateMachine,
    ) -> None:
        super().__init__(scope, construct_id)
        lost = DeadLetterQueue(self, "Undelivered", alarm_name=place.alarm("undelivered-triggers"))
        self._target = targets.SfnStateMachine(
            machine, dead_letter_queue=lost.for_rules, retry_attempts=8, max_event_age=Duration.hours(6)
        )
        name = place.model.name
        self._on("NewData", _OWN, ["Dataset Updated"], {"dataset": sorted(place.model.datasets)})
        self._on("Asked", _OWN, ["Alarm Standing", "Retraining Requested"], {"model": [name]})
        state_change = {"alarmName": [place.drift_alarm], "state": {"value": ["ALARM"]}}
        self._on("Drift", "aws.cloudwatch", ["CloudWatch Alarm State Change"], state_change)
        if schedule := place.model.definition.retraining.schedule:
            events.Rule(
                self,
                "Schedule",
                schedule=every(schedule),
                targets=[self._target],
            )

    def _on(self, construct_id: str, source: str, detail_type: list[str], detail: dict[str, Any]) -> None:
        pattern = events.EventPattern(source=[source], detail_type=detail_type, detail=detail)
        events.Rule(self, construct_id, event_pattern=pattern, targets=[self._target])
