"""A model's subscription to events that start its training, and its retraining schedule."""

from __future__ import annotations

import msgspec
from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.constructs.schedule import schedule
from infra.model_context import ModelContext, graph_models, stack_id
from infra.subscriptions import SUBSCRIPTIONS
from keepfit.training.runs.model_subscription import Subscription

# The arn and the time are the same when Scheduler tries again.
SCHEDULED = {
    "source": "aws.scheduler",
    "detail-type": "Scheduled Event",
    "id": "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time>",
    "time": "<aws.scheduler.scheduled-time>",
    "detail": {},
}


class ModelSubscription(Construct):
    """A parameter with what the model listens to, and a schedule where its definition has one.

    The dispatch of events reads the parameter, which exists as long as the model's stack.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: ModelContext,
        machine: stepfunctions.IStateMachine,
        move: lambda_.IFunction,
        close: lambda_.IFunction,
        predict: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        subscription = Subscription(
            model=context.model.name,
            datasets=sorted(context.model.datasets),
            drift_alarm=context.scope.drift_alarm,
            decay_alarms=[*context.decay_alarms.values()],
            machine=machine.state_machine_arn,
            move_alias=move.function_name,
            close_run=close.function_name,
            predict=predict.function_name,
            stack=stack_id(),
            takes_outcomes=context.model.outcomes_taken is not None,
            graph_models=graph_models(context.model),
        )
        ssm.StringParameter(
            self,
            "Parameter",
            parameter_name=f"{SUBSCRIPTIONS}/{context.model.name}",
            description=f"keepfit: what the model {context.model.name} listens to",
            string_value=Stack.of(self).to_json_string(msgspec.to_builtins(subscription)),
        )
        if rate := context.model.definition.retraining.schedule:
            schedule(
                self,
                "Schedule",
                description=f"Asks {context.model.name} to train again",
                rate=rate,
                target=machine.state_machine_arn,
                payload=SCHEDULED,
                scheduling=context.platform.scheduling,
            )
