"""What all models share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.bucket import PrivateBucket
from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.layers import Layers
from infra.features.lake import Ingest, Lake
from infra.platform_exports import STACK, export
from infra.registry.registry import Registry
from infra.schedule_group import Schedules
from infra.serving.http_api import Api
from infra.serving.prediction_log import PredictionLogServices
from infra.settings import Settings
from infra.training.cluster import TaskExecution, TrainingCluster
from infra.training.event_dispatch import Dispatch
from keepfit.definitions.model import CompiledDataset, CompiledDatasets, CompiledModel


class PlatformStack(Stack):
    """Buckets, tables, the API, the cluster, and what takes uploads and brings events to the models."""

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        datasets: Mapping[str, CompiledDataset],
        models: Sequence[CompiledModel],
    ) -> None:
        super().__init__(scope, STACK, description="keepfit: what all models share")
        forget = s3.LifecycleRule(id="access-logs", expiration=Duration.days(90))
        access_logs = PrivateBucket(self, "Logs", removal=settings.removal, rules=[forget])
        lake = Lake(
            self,
            "Data",
            datasets=list(datasets.values()),
            models=models,
            access_logs=access_logs,
            removal=settings.removal,
        )
        registry = Registry(self, "Models", models=models, access_logs=access_logs, removal=settings.removal)
        api = Api(self, "Predictions", removal=settings.removal)
        cluster = TrainingCluster(self, "Training")
        tasks = TaskExecution(self, "TrainingTasks", settings=settings)
        predictions = PredictionLogServices(self, "PredictionLog", lake=lake.lake)
        schedules = Schedules(self, "Schedules", alarm_name=f"{STACK}-missed-schedules")
        failures = DeadLetterQueue(self, "RefusedEvents", alarm_name=f"{STACK}-ingest-failures")
        layers = Layers(self, "Layers", settings=settings)
        ingest = Ingest(
            self,
            "Ingest",
            datasets=CompiledDatasets(datasets=dict(datasets)),
            lake=lake,
            registry=registry.table,
            failures=failures,
            layers=layers,
        )
        CfnOutput(self, "IngestFunction", value=ingest.function.function_name)
        for dataset in datasets:
            CfnOutput(self, f"Dataset{title(dataset)}", value=dataset)
        Dispatch(self, "Dispatch", layers=layers, alarm_name=f"{STACK}-undelivered-events")
        self._export(lake, registry, api, cluster)
        self._export_shared(tasks, predictions, schedules)

    def _export(self, lake: Lake, registry: Registry, api: Api, cluster: TrainingCluster) -> None:
        first, second = cluster.subnets
        exports = {
            "IntakeBucket": lake.intake.bucket_name,
            "LakeBucket": lake.lake.bucket_name,
            "ArtifactsBucket": registry.artifacts.bucket_name,
            "RegistryTable": registry.table.table_name,
            "ApiId": api.http.api_id,
            "ApiUrl": api.http.api_endpoint,
            "AuthorizerId": api.authorizer_id,
            "UserPoolId": api.pool.user_pool_id,
            "UserPoolClientId": api.client.user_pool_client_id,
            "Cluster": cluster.name,
            "TaskSubnetA": first,
            "TaskSubnetB": second,
            "TaskSecurityGroup": cluster.security_group,
        }
        for name, value in exports.items():
            export(self, name, value)

    def _export_shared(
        self, tasks: TaskExecution, predictions: PredictionLogServices, schedules: Schedules
    ) -> None:
        """What the services that work for all models are told, or may do."""
        exports = {
            "TaskExecutionRole": tasks.role.role_arn,
            "TaskLogs": tasks.logs.log_group_name,
            "PredictionLogWriter": predictions.roles.writer,
            "PredictionLogSender": predictions.roles.sender,
            "ScheduleRole": schedules.shared.role,
            "MissedSchedules": schedules.shared.missed,
        }
        for name, value in exports.items():
            export(self, name, value)


def title(name: str) -> str:
    """``flight_delay`` as ``FlightDelay``."""
    return "".join(part.capitalize() for part in name.replace("-", "_").split("_"))
