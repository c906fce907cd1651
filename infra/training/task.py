"""The Fargate task that trains one candidate: processor, memory, image and role."""

from __future__ import annotations

from aws_cdk import aws_ecs as ecs
from constructs import Construct

from infra.constructs import architecture
from infra.constructs.access import (
    grant,
    read_objects,
    write_objects,
)
from infra.model_context import ModelContext
from keepfit.training.runs.run_files import SELECTION, SIGNATURE

CONTAINER = "train-candidate"


def train_candidate_task(scope: Construct, *, context: ModelContext) -> ecs.FargateTaskDefinition:
    """The task that trains one candidate; the run passes its environment, so the definition has none."""
    artifacts = context.platform.artifacts
    task = ecs.FargateTaskDefinition(
        scope,
        "TrainCandidate",
        cpu=1024,
        memory_limit_mib=4096,
        family=f"{context.scope.stack}-{CONTAINER}",
        runtime_platform=architecture.TASKS,
        execution_role=context.platform.task_execution_role,
    )
    task.add_container(
        CONTAINER,
        image=ecs.ContainerImage.from_asset(context.settings.image_context, platform=architecture.IMAGES),
        logging=ecs.LogDriver.aws_logs(
            stream_prefix=context.model.name, log_group=context.platform.task_logs
        ),
    )
    grant(
        task.task_role,
        (
            *read_objects(artifacts, context.scope.runs),
            # All tasks of a model have one role, which cannot distinguish the candidates' folders.
            *write_objects(artifacts, f"{context.scope.runs}*/candidates/*"),
            *write_objects(artifacts, f"{context.scope.runs}*/{SELECTION}"),
            # What the champion lets clients leave out.
            *read_objects(artifacts, f"{context.scope.versions}*/{SIGNATURE}"),
        ),
    )
    return task
