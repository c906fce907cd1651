"""The exports of the platform stack, by which model stacks refer to its resources."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import CfnOutput, Fn
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.schedule import Scheduling

STACK = "keepfit-platform"


def export(scope: Construct, name: str, value: str) -> None:
    """Exports a value of the platform for model stacks."""
    CfnOutput(scope, name, value=value, export_name=f"{STACK}-{name}")


def imported(name: str) -> str:
    """Imports the platform's export ``name`` into another stack."""
    return Fn.import_value(f"{STACK}-{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionLogRoles:
    """The ARNs of the roles by which Firehose writes to the lake, and CloudWatch Logs to Firehose."""

    writer: str
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """The resources of the platform, as a model stack imports them."""

    lake: s3.IBucket
    artifacts: s3.IBucket
    registry: dynamodb.ITable
    quotas: dynamodb.ITable
    http_api: apigateway.IHttpApi
    api_url: str
    authorizer: apigateway.IHttpRouteAuthorizer
    scheduling: Scheduling
    prediction_log: PredictionLogRoles
    cluster: str
    task_subnets: list[str]
    task_security_group: str
    task_execution_role: iam.IRole
    task_logs: logs.ILogGroup

    @classmethod
    def imported_into(cls, scope: Construct) -> Platform:
        """Imports the platform's resources as constructs of ``scope``."""
        return cls(
            lake=s3.Bucket.from_bucket_name(scope, "Lake", imported("LakeBucket")),
            artifacts=s3.Bucket.from_bucket_name(scope, "Artifacts", imported("ArtifactsBucket")),
            registry=dynamodb.Table.from_table_name(scope, "Registry", imported("RegistryTable")),
            quotas=dynamodb.Table.from_table_name(scope, "Quotas", imported("QuotasTable")),
            http_api=apigateway.HttpApi.from_http_api_attributes(scope, "Api", http_api_id=imported("ApiId")),
            api_url=imported("ApiUrl"),
            authorizer=apigateway.HttpAuthorizer.from_http_authorizer_attributes(
                scope, "Authorizer", authorizer_id=imported("AuthorizerId"), authorizer_type="JWT"
            ),
            scheduling=Scheduling(
                role=imported("ScheduleRole"), dead_letter_queue=imported("MissedSchedules")
            ),
            prediction_log=PredictionLogRoles(
                writer=imported("PredictionLogWriter"), sender=imported("PredictionLogSender")
            ),
            cluster=imported("Cluster"),
            task_subnets=[imported("TaskSubnetA"), imported("TaskSubnetB")],
            task_security_group=imported("TaskSecurityGroup"),
            # Not to be changed from here: a model's stack adds nothing to what all of them share.
            task_execution_role=iam.Role.from_role_arn(
                scope, "TaskExecution", imported("TaskExecutionRole"), mutable=False
            ),
            task_logs=logs.LogGroup.from_log_group_name(scope, "TaskLogs", imported("TaskLogs")),
        )


def online_table(scope: Construct) -> dynamodb.ITable:
    """The table of the online store, which is there where a view is online."""
    return dynamodb.Table.from_table_name(scope, "Online", imported("OnlineTable"))
