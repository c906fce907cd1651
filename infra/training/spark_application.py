"""Spark on EMR Serverless: an application that all models share, and a role for the jobs of each."""

from __future__ import annotations

from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_emrserverless as emrserverless
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.acknowledgements import Acknowledged
from infra.constructs.access import Access, follow_by_rule, grant, pass_roles, read_objects, write_files
from infra.model_context import ModelContext
from infra.platform_exports import imported
from infra.settings import Settings
from keepfit.features.offline.join_job import EXCHANGE, RESULTS
from keepfit.layout import DatasetScope

RELEASE: Final = "emr-7.12.0"
"""Has Spark 3.5, as the requirements of scripts/proofs/spark have."""
_EMR_SERVERLESS = "emr-serverless.amazonaws.com"
_IDLE_MINUTES = 5
_MOST = emrserverless.CfnApplication.MaximumAllowedResourcesProperty(
    cpu="100 vCPU", memory="800 GB", disk="2000 GB"
)


class SparkApplication(Construct):
    """An application that starts with a job, and stops when none has run for minutes."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        auto_stop = emrserverless.CfnApplication.AutoStopConfigurationProperty(
            enabled=True, idle_timeout_minutes=_IDLE_MINUTES
        )
        application = emrserverless.CfnApplication(
            self,
            "Application",
            name=Stack.of(self).stack_name,
            release_label=RELEASE,
            type="SPARK",
            architecture="X86_64",
            auto_start_configuration=emrserverless.CfnApplication.AutoStartConfigurationProperty(
                enabled=True
            ),
            auto_stop_configuration=auto_stop,
            maximum_capacity=_MOST,
        )
        self.application_id = application.attr_application_id


class SparkJobs(Construct):
    """The script of a model's jobs, and their role, which reads its datasets and writes its joins."""

    def __init__(
        self, scope: Construct, construct_id: str, *, context: ModelContext, settings: Settings
    ) -> None:
        super().__init__(scope, construct_id)
        self.application_id = imported("SparkApplication")
        script = assets.Asset(self, "Script", path=f"{settings.function_source('join_features')}/job.py")
        self.script = script.s3_object_url
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal(_EMR_SERVERLESS))
        exchange = f"{context.scope.rows}*/{EXCHANGE}/"
        artifacts = context.platform.artifacts
        parts = (DatasetScope(dataset).parts for dataset in sorted(context.model.datasets))
        grant(
            self.role,
            (
                *read_objects(artifacts, exchange),
                *write_files(artifacts, f"{exchange}{RESULTS}/"),
                # Of an attempt before, or of its own while it commits; what is deleted stays as an old version.
                Access(
                    actions=("s3:DeleteObject",),
                    resources=(artifacts.arn_for_objects(f"{exchange}{RESULTS}/*"),),
                    wildcard=Acknowledged.OBJECTS_UNDER_A_PREFIX,
                ),
                *read_objects(context.platform.lake, *parts),
                Access(
                    actions=("s3:GetObject",),
                    resources=(script.bucket.arn_for_objects(script.s3_object_key),),
                ),
            ),
        )

    def run_access(self) -> tuple[Access, ...]:
        """What the state machine may do: run jobs of this role in the application, and follow them."""
        stack = Stack.of(self)
        application = stack.format_arn(
            service="emr-serverless", resource="/applications", resource_name=self.application_id
        )
        return (
            Access(actions=("emr-serverless:StartJobRun",), resources=(application,)),
            Access(
                actions=("emr-serverless:GetJobRun", "emr-serverless:CancelJobRun"),
                resources=(f"{application}/jobruns/*",),
                wildcard=Acknowledged.RUNS_NOT_YET_STARTED,
            ),
            follow_by_rule(stack, "StepFunctionsGetEventsForEMRServerlessJobRule"),
            pass_roles(_EMR_SERVERLESS, self.role.role_arn),
        )
