"""What starts a model's training, by itself or by the clock. Its first state decides what comes of it."""

from __future__ import annotations

import msgspec
from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.constructs.schedule import schedule
from infra.model_context import ModelPlace
from keepfit.training.runs import subscriptions

# Every parameter below this path is a model's subscription.
SUBSCRIPTIONS = "/keepfit/models"
# The arn and the time are the same when Scheduler tries again.
SCHEDULED = {
    "source": "aws.scheduler",
    "detail-type": "Scheduled Event",
    "id": "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time>",
    "time": "<aws.scheduler.scheduled-time>",
    "detail": {},
}


class Subscription(Construct):
    """Tells the platform what the model listens to, for as long as its stack stands; and the clock, if it wants it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        place: ModelPlace,
        machine: stepfunctions.IStateMachine,
        move: lambda_.IFunction,
        close: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        subscription = subscriptions.Subscription(
            model=place.model.name,
            datasets=sorted(place.model.datasets),
            drift_alarm=place.scope.drift_alarm,
            machine=machine.state_machine_arn,
            move_alias=move.function_name,
            close_run=close.function_name,
        )
        ssm.StringParameter(
            self,
            "Parameter",
            parameter_name=f"{SUBSCRIPTIONS}/{place.model.name}",
            description=f"keepfit: what the model {place.model.name} listens to",
            string_value=Stack.of(self).to_json_string(msgspec.to_builtins(subscription)),
        )
        if every := place.model.definition.retraining.schedule:
            schedule(
                self,
                "Schedule",
                says=f"Asks {place.model.name} to train again",
                every=every,
                target=machine.state_machine_arn,
                asks=SCHEDULED,
                by=place.platform.scheduling,
            )
