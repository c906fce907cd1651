"""The dispatch of events to models: one EventBridge rule per kind of event, one function."""

from __future__ import annotations

from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.event_target import retried
from infra.constructs.function import FunctionProps, HandlerFunction
from infra.constructs.layers import Layers
from infra.model_context import ANY_MODEL
from infra.schedule_group import invoke_any_function, start_any_state_machine
from infra.subscriptions import SUBSCRIPTIONS, read_subscriptions
from keepfit import variables
from keepfit.events import (
    ALARM_CHANGED,
    ALARM_STANDING,
    CHAMPION_CHANGED,
    CLOUDFORMATION,
    DATASET_UPDATED,
    DEPLOYED,
    GAIN_MEASURED,
    RETRAINING_REQUESTED,
    SOURCE,
    STACK_CHANGED,
)
from keepfit.layout import BATCHES
from keepfit.training.runs.event_routing import UNHAPPY

_ANY_STACK = f"arn:*:cloudformation:*:stack/{ANY_MODEL}/*"


class EventDispatch(Construct):
    """Rules for data, alarms, retrainings, deployments, batches and failed executions.

    The rules match what may concern a model; the function finds the models by their stacks' subscriptions.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        layers: Layers,
        intake: s3.IBucket,
        batches: str,
        alarm_name: str,
    ) -> None:
        """``batches`` is the ARN of the machine that scores what is dropped into ``intake`` below ``batch/``."""
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        lost = DeadLetterQueue(self, "Undelivered", alarm_name=alarm_name)
        function = HandlerFunction(
            self,
            "DispatchEvent",
            props=FunctionProps(name="dispatch_event", layers=("keepfit", "powertools"), timeout_s=300),
            layers=layers,
            environment={variables.SUBSCRIPTIONS: SUBSCRIPTIONS, variables.BATCHES: batches},
            access=[
                read_subscriptions(stack),
                start_any_state_machine(stack),
                invoke_any_function(stack, "move_alias", "close_run"),
            ],
            dead_letter_queue=lost,
        ).function
        self._target = retried(function, lost, attempts=8)
        self._on("NewData", SOURCE, [DATASET_UPDATED])
        self._on("Champions", SOURCE, [CHAMPION_CHANGED])
        self._on("Asked", SOURCE, [ALARM_STANDING, GAIN_MEASURED, RETRAINING_REQUESTED])
        dropped = {"bucket": {"name": [intake.bucket_name]}, "object": {"key": [{"prefix": BATCHES}]}}
        self._on("Dropped", "aws.s3", ["Object Created"], dropped)
        alarms = [{"wildcard": f"{ANY_MODEL}-{what}"} for what in ("drift", "decay")]
        sounding = {"alarmName": alarms, "state": {"value": ["ALARM"]}}
        self._on("Drift", "aws.cloudwatch", [ALARM_CHANGED], sounding)
        machines = stack.format_arn(
            service="states",
            resource="stateMachine",
            resource_name=ANY_MODEL.removesuffix("*"),
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        deployed = {"status-details": {"status": [DEPLOYED]}, "stack-id": [{"wildcard": _ANY_STACK}]}
        self._on("Deployed", CLOUDFORMATION, [STACK_CHANGED], deployed)
        ended = {"stateMachineArn": [{"prefix": machines}], "status": list(UNHAPPY)}
        self._on("Ended", "aws.states", ["Step Functions Execution Status Change"], ended)

    def _on(
        self, construct_id: str, source: str, detail_type: list[str], detail: dict[str, Any] | None = None
    ) -> None:
        pattern = events.EventPattern(source=[source], detail_type=detail_type, detail=detail)
        events.Rule(self, construct_id, event_pattern=pattern, targets=[self._target])
