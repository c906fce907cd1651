"""The training image as a Lambda function: memory, time and storage."""

from __future__ import annotations

from aws_cdk import Duration, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge
from infra.constructs import architecture
from infra.constructs.access import Access, grant
from infra.model_context import ModelContext
from keepfit import variables

# The most that an account may ask for before its limit was raised; a processor and two thirds, of which one is used.
_MEMORY_MB, _TIMEOUT_S, _STORAGE_GB = 3008, 900, 2


def training_function(scope: Construct, *, context: ModelContext, role: iam.Role) -> lambda_.Function:
    """The function of little data; its role and its log are those of the training task."""
    log_group = context.platform.task_logs
    logging = Access(
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=(log_group.log_group_arn,),
        wildcard=Acknowledged.RUNS_NOT_YET_STARTED,
    )
    grant(role, (logging,))
    function = lambda_.DockerImageFunction(
        scope,
        "TrainCandidateFunction",
        code=lambda_.DockerImageCode.from_image_asset(
            context.settings.image_context,
            platform=architecture.IMAGES,
            entrypoint=["python", "-m", "awslambdaric"],
            cmd=["handler.handler"],
        ),
        architecture=architecture.FUNCTIONS,
        environment={
            "KEEPFIT_FUNCTION": "train_candidate",
            variables.MODEL: context.model.name,
            variables.ARTIFACTS_BUCKET: context.platform.artifacts.bucket_name,
        },
        role=role,
        log_group=log_group,
        timeout=Duration.seconds(_TIMEOUT_S),
        memory_size=_MEMORY_MB,
        ephemeral_storage_size=Size.gibibytes(_STORAGE_GB),
    )
    acknowledge(function, Acknowledged.NO_TRACING)
    acknowledge(function, Acknowledged.CALLER_SEES_THE_FAILURE)
    return function
