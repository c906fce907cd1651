"""The schedule group of all models: its role and its dead-letter queue."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.acknowledgements import Acknowledged
from infra.constructs.access import Access, grant
from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.schedule import GROUP, Scheduling
from infra.model_context import ANY_MODEL, function_name


class ScheduleGroup(Construct):
    """The group of all schedules; ``shared`` holds the ARNs that each schedule refers to.

    Scheduler sends what it could not deliver under this role too, so that the queue's own policy need not know it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, alarm_name: str) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        missed = DeadLetterQueue(self, "Missed", alarm_name=alarm_name)
        scheduler.CfnScheduleGroup(self, "Group", name=GROUP)
        principal = iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={
                "StringEquals": {
                    "aws:SourceAccount": stack.account,
                    "aws:SourceArn": stack.format_arn(
                        service="scheduler", resource="schedule-group", resource_name=GROUP
                    ),
                }
            },
        )
        role = iam.Role(self, "Role", assumed_by=principal)
        grant(
            role,
            [
                invoke_any_function(stack, "monitor_model"),
                start_any_state_machine(stack),
                Access(actions=("sqs:SendMessage",), resources=(missed.queue_arn,)),
            ],
        )
        self.shared = Scheduling(role=role.role_arn, dead_letter_queue=missed.queue_arn)


def start_any_state_machine(stack: Stack) -> Access:
    """Starts the training state machine of any model."""
    machines = stack.format_arn(
        service="states",
        resource="stateMachine",
        resource_name=ANY_MODEL,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return Access(
        actions=("states:StartExecution",),
        resources=(machines,),
        wildcard=Acknowledged.MODELS_NOT_YET_DEPLOYED,
    )


def invoke_any_function(stack: Stack, *functions: str) -> Access:
    """Invokes these functions of any model."""
    arns = tuple(
        stack.format_arn(
            service="lambda",
            resource="function",
            resource_name=function_name(ANY_MODEL, function),
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        for function in functions
    )
    return Access(
        actions=("lambda:InvokeFunction",), resources=arns, wildcard=Acknowledged.MODELS_NOT_YET_DEPLOYED
    )
