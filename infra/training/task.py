"""The Fargate task that trains one candidate: processor, memory and image."""

from __future__ import annotations

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs import architecture
from infra.model_context import ModelContext

CONTAINER = "train-candidate"


def train_candidate_task(
    scope: Construct, *, context: ModelContext, role: iam.Role
) -> ecs.FargateTaskDefinition:
    """The task that trains one candidate; the run passes its environment, so the definition has none."""
    task = ecs.FargateTaskDefinition(
        scope,
        "TrainCandidate",
        cpu=1024,
        memory_limit_mib=4096,
        family=f"{context.scope.stack}-{CONTAINER}",
        runtime_platform=architecture.TASKS,
        task_role=role,
        execution_role=context.platform.task_execution_role,
    )
    task.add_container(
        CONTAINER,
        image=ecs.ContainerImage.from_asset(context.settings.image_context, platform=architecture.IMAGES),
        logging=ecs.LogDriver.aws_logs(
            stream_prefix=context.model.name, log_group=context.platform.task_logs
        ),
    )
    return task
