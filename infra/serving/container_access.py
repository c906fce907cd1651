"""Grants to the functions of a release where containers serve the model."""

from __future__ import annotations

from aws_cdk import Stack

from infra.acknowledgements import Acknowledged
from infra.constructs.access import Access, pass_roles
from infra.serving.serving_container import ServingContainer

# IAM has no resource for these.
_READ_ANYTHING = ("ecs:DescribeTaskDefinition", "elasticloadbalancing:DescribeRules")
_REGISTER = ("ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition")


def move_weights(container: ServingContainer) -> tuple[Access, ...]:
    """Starts and stops the tasks of the model's two services, bounds their number, and weights its rules."""
    stack = Stack.of(container)
    targets = stack.format_arn(
        service="application-autoscaling", resource="scalable-target", resource_name="*"
    )
    return (
        Access(
            actions=("ecs:DescribeServices", "ecs:UpdateService"),
            resources=tuple(service.ref for service in container.services),
        ),
        Access(
            actions=("elasticloadbalancing:ModifyRule",), resources=(container.live.ref, container.next.ref)
        ),
        Access(
            actions=("application-autoscaling:RegisterScalableTarget",),
            resources=(targets,),
            conditions={
                "StringEquals": {
                    "application-autoscaling:service-namespace": "ecs",
                    "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
                }
            },
            wildcard=Acknowledged.TARGETS_HAVE_RANDOM_NAMES,
        ),
        Access(actions=_READ_ANYTHING, resources=("*",), wildcard=Acknowledged.ACTION_WITHOUT_RESOURCES),
    )


def register_tasks(container: ServingContainer) -> tuple[Access, ...]:
    """Registers and deregisters task definitions, with no roles but those of the model's tasks."""
    task = container.task
    return (
        Access(actions=_REGISTER, resources=("*",), wildcard=Acknowledged.ACTION_WITHOUT_RESOURCES),
        pass_roles("ecs-tasks.amazonaws.com", task.task_role.role_arn, task.obtain_execution_role().role_arn),
    )
