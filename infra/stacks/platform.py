"""The platform stack: what all models share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.bucket import PrivateBucket
from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.layers import Layers
from infra.features.catalogue import DataCatalogue
from infra.features.forgetting import Forgetting
from infra.features.ingest import Ingest
from infra.features.lake import Lake
from infra.features.online_store import OnlineStore
from infra.features.queries import Queries
from infra.monitoring.notices import Notices
from infra.monitoring.outcomes import Outcomes
from infra.monitoring.overview import Overview
from infra.platform_exports import STACK, export
from infra.registry.registry import Registry
from infra.retention import shortest_keep
from infra.schedule_group import ScheduleGroup
from infra.serving.batches import BatchBuckets, Batches
from infra.serving.container_network import ContainerNetwork, require_own_priorities
from infra.serving.http_api import Api
from infra.serving.model_routes import ModelRoutes
from infra.serving.prediction_log import PredictionLogDelivery
from infra.settings import Settings
from infra.training.cluster import TaskExecution, TrainingCluster
from infra.training.event_dispatch import EventDispatch
from infra.training.spark_application import SparkApplication
from keepfit.definitions.compiled_model import CompiledDataset, CompiledDatasets, CompiledModel, CompiledViews
from keepfit.monitoring.notices.channel_definition import Channels
from keepfit.serving.container_definition import CONTAINER


class PlatformStack(Stack):
    """Buckets, the registry, the API, the cluster, ingest, and the dispatch of events to models."""

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        datasets: Mapping[str, CompiledDataset],
        models: Sequence[CompiledModel],
        views: CompiledViews,
        channels: Channels,
    ) -> None:
        super().__init__(scope, STACK, description="keepfit: what all models share")
        forget = s3.LifecycleRule(id="access-logs", expiration=Duration.days(90))
        access_logs = PrivateBucket(
            self, "Logs", removal_policy=settings.removal_policy, lifecycle_rules=[forget]
        )
        lake = Lake(
            self,
            "Data",
            datasets=list(datasets.values()),
            models=models,
            access_logs=access_logs,
            removal_policy=settings.removal_policy,
        )
        registry = Registry(
            self, "Models", models=models, access_logs=access_logs, removal_policy=settings.removal_policy
        )
        api = Api(self, "Predictions", removal_policy=settings.removal_policy)
        spot = any(model.definition.training.compute.spot for model in models)
        cluster = TrainingCluster(self, "Training", spot=spot)
        if contained := [model.name for model in models if model.serving.on == CONTAINER]:
            require_own_priorities(contained)
            ContainerNetwork(self, "Serving", vpc=cluster.vpc)
        if any(model.definition.training.may_use_spark for model in models):
            export(self, "SparkApplication", SparkApplication(self, "Spark").application_id)
        tasks = TaskExecution(self, "TrainingTasks", settings=settings)
        predictions = PredictionLogDelivery(self, "PredictionLog", lake=lake.lake)
        schedules = ScheduleGroup(self, "Schedules", alarm_name=f"{STACK}-missed-schedules")
        refused = DeadLetterQueue(self, "RefusedEvents", alarm_name=f"{STACK}-ingest-failures")
        definitions = [each.definition for each in datasets.values()]
        layers = Layers(self, "Layers", settings=settings, datasets=definitions)
        ingest = self._take_uploads(datasets, lake, registry, refused, layers)
        self._take_outcomes(datasets, models, lake, registry, api, layers)
        self._answer_queries(lake)
        online = self._keep_online(views, lake, registry, api, layers) if views.views else None
        self._forget(ingest, online, lake, registry, layers)
        ModelRoutes(self, "ModelRoutes", api=api, registry=registry, layers=layers)
        notices = Notices(self, "Notices", channels=channels, registry=registry.table, layers=layers)
        CfnOutput(self, "NotifyFunction", value=notices.function.function_name)
        Overview(self, "Overview", models=models)
        self._dispatch(datasets, models, lake, registry, layers)
        self._export(lake, registry, api, cluster)
        self._export_shared(tasks, predictions, schedules)

    def _take_outcomes(
        self,
        datasets: Mapping[str, CompiledDataset],
        models: Sequence[CompiledModel],
        lake: Lake,
        registry: Registry,
        api: Api,
        layers: Layers,
    ) -> None:
        """The route of outcomes, where models take any, and the names of all other datasets."""
        taken = {model.name: model.outcomes_taken for model in models}
        if own := {model: datasets[name] for model, name in taken.items() if name}:
            Outcomes(
                self,
                "Outcomes",
                datasets=own,
                lake=lake,
                registry=registry.table,
                api=api,
                layers=layers,
            )
        # Those of outcomes are told by the stacks of their models: a stack has 200 outputs.
        for dataset in sorted(datasets.keys() - taken.values()):
            CfnOutput(self, f"Dataset{title(dataset)}", value=dataset)

    def _dispatch(
        self,
        datasets: Mapping[str, CompiledDataset],
        models: Sequence[CompiledModel],
        lake: Lake,
        registry: Registry,
        layers: Layers,
    ) -> None:
        """The machine of batches, and what brings events to it and to models."""
        fields = [field for each in datasets.values() for field in each.definition.fields.values()]
        batches = Batches(
            self,
            "Batches",
            buckets=BatchBuckets(intake=lake.intake, lake=lake.lake),
            registry=registry,
            layers=layers,
            fields=fields,
            keep=shortest_keep(models),
        )
        CfnOutput(self, "BatchMachine", value=batches.machine)
        EventDispatch(
            self,
            "Dispatch",
            layers=layers,
            intake=lake.intake,
            batches=batches.machine,
            alarm_name=f"{STACK}-undelivered-events",
        )

    def _take_uploads(
        self,
        datasets: Mapping[str, CompiledDataset],
        lake: Lake,
        registry: Registry,
        refused: DeadLetterQueue,
        layers: Layers,
    ) -> Ingest:
        """Ingests uploads into datasets, and registers these as tables."""
        ingest = Ingest(
            self,
            "Ingest",
            datasets=CompiledDatasets(datasets=dict(datasets)),
            lake=lake,
            registry=registry.table,
            dead_letter_queue=refused,
            layers=layers,
        )
        catalogue = DataCatalogue(
            self,
            "Catalogue",
            definitions=ingest.definitions,
            lake=lake,
            registry=registry.table,
            dead_letter_queue=refused,
            layers=layers,
        )
        CfnOutput(self, "RegisterTableFunction", value=catalogue.function.function_name)
        CfnOutput(self, "IngestFunction", value=ingest.function.function_name)
        CfnOutput(self, "WithdrawFunction", value=ingest.withdraw.function_name)
        return ingest

    def _forget(
        self, ingest: Ingest, online: OnlineStore | None, lake: Lake, registry: Registry, layers: Layers
    ) -> None:
        """Forgets entities of datasets."""
        forgetting = Forgetting(
            self,
            "Forgetting",
            definitions=ingest.definitions,
            views=online.definitions if online else None,
            lake=lake,
            registry=registry,
            layers=layers,
        )
        CfnOutput(self, "ForgetFunction", value=forgetting.function.function_name)

    def _answer_queries(self, lake: Lake) -> None:
        """Lets people ask the datasets' tables by SQL."""
        queries = Queries(self, "Queries", lake=lake)
        CfnOutput(self, "QueryWorkgroup", value=queries.workgroup.name)
        CfnOutput(self, "QueryPolicy", value=queries.policy.managed_policy_arn)

    def _keep_online(
        self, views: CompiledViews, lake: Lake, registry: Registry, api: Api, layers: Layers
    ) -> OnlineStore:
        """Keeps the views' features where requests find them."""
        online = OnlineStore(
            self,
            "Online",
            views=views,
            lake=lake,
            registry=registry.table,
            api=api,
            layers=layers,
        )
        CfnOutput(self, "MaterializeFunction", value=online.materialize.function_name)
        CfnOutput(self, "OnlineViews", value=online.location)
        export(self, "OnlineTable", online.table.table_name)
        return online

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
            "QuotasTable": api.quotas.table_name,
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
        self, tasks: TaskExecution, predictions: PredictionLogDelivery, schedules: ScheduleGroup
    ) -> None:
        """Exports roles, queues and logs that serve all models."""
        exports = {
            "TaskExecutionRole": tasks.role.role_arn,
            "TaskLogs": tasks.logs.log_group_name,
            "PredictionLogWriter": predictions.roles.writer,
            "PredictionLogSender": predictions.roles.sender,
            "ScheduleRole": schedules.shared.role,
            "MissedSchedules": schedules.shared.dead_letter_queue,
        }
        for name, value in exports.items():
            export(self, name, value)


def title(name: str) -> str:
    """``flight_delay`` as ``FlightDelay``."""
    return "".join(part.capitalize() for part in name.replace("-", "_").split("_"))
