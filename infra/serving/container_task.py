"""The Fargate task that serves a model: processor, memory, image, roles and log."""

from __future__ import annotations

from aws_cdk import Duration, Size
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge
from infra.constructs import architecture
from infra.constructs.access import grant, read_objects
from infra.model_context import ModelContext
from infra.serving.container_network import CONTAINER_PORT
from keepfit import variables

CONTAINER = "serve-model"


def serving_task(
    scope: Construct, *, context: ModelContext, log_group: logs.ILogGroup
) -> ecs.FargateTaskDefinition:
    """The task that serves a model; a release adds its package to the environment.

    It may read packages of the model, and nothing else. ``log_group`` takes its lines, the predictions among them.
    """
    serving = context.model.serving
    role = iam.Role(scope, "TaskRole", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    grant(role, read_objects(context.platform.artifacts, context.scope.releases))
    execution = iam.Role(scope, "ExecutionRole", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    acknowledge(execution, Acknowledged.ACTION_WITHOUT_RESOURCES, "Resource::*")
    task = ecs.FargateTaskDefinition(
        scope,
        "ServeModel",
        cpu=serving.cpu,
        memory_limit_mib=serving.memory,
        family=f"{context.scope.stack}-{CONTAINER}",
        runtime_platform=architecture.TASKS,
        task_role=role,
        execution_role=execution,
    )
    task.add_container(
        CONTAINER,
        image=ecs.ContainerImage.from_asset(context.settings.server_context, platform=architecture.IMAGES),
        environment={
            variables.MODEL: context.model.name,
            variables.ARTIFACTS_BUCKET: context.platform.artifacts.bucket_name,
        },
        port_mappings=[ecs.PortMapping(container_port=CONTAINER_PORT)],
        # What was begun is finished, for 30 s at most.
        stop_timeout=Duration.seconds(60),
        logging=ecs.LogDriver.aws_logs(
            stream_prefix=CONTAINER,
            log_group=log_group,
            # Clients are answered though the log should be slow; 25 MB of lines wait for it.
            mode=ecs.AwsLogDriverMode.NON_BLOCKING,
            max_buffer_size=Size.mebibytes(25),
        ),
    )
    acknowledge(task, Acknowledged.NAMES_ARE_NO_SECRETS)
    return task
