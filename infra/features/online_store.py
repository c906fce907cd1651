"""The online store: the table of entities, and the functions that write to it."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.access import (
    Access,
    lookup_items,
    put_events,
    put_items,
    read_items,
    read_objects,
    read_versions,
    write_items,
    write_objects,
)
from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.definition_file import DefinitionFile
from infra.constructs.event_target import retried
from infra.constructs.function import FunctionProps, HandlerFunction
from infra.constructs.layers import Layers
from infra.constructs.table import ItemTable
from infra.features.lake import Lake
from infra.platform_exports import STACK
from infra.serving.http_api import Api
from infra.serving.write_route import add_write_route
from keepfit import variables
from keepfit.api_routes import FEATURE_WRITERS, FEATURES_PATH
from keepfit.definitions.compiled_model import CompiledViews
from keepfit.events import DATASET_UPDATED, FEATURES_BEHIND, SOURCE
from keepfit.layout import DATASET_PARTITIONS, DATASETS, LIVE_UPLOADS, VIEW_PARTITIONS


class OnlineStore(Construct):
    """``table`` holds the entities of every online view; ``materialize`` writes them.

    One rule serves all views, and one route takes rows of any. ``location`` is that of the views' ``definitions``,
    for who looks.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        views: CompiledViews,
        lake: Lake,
        registry: dynamodb.ITable,
        api: Api,
        layers: Layers,
    ) -> None:
        super().__init__(scope, construct_id)
        undone = DeadLetterQueue(self, "Undone", alarm_name=f"{STACK}-online-features")
        self.table = ItemTable(self, "Entities", removal_policy=layers.settings.removal_policy)
        self.definitions = DefinitionFile(self, "Views", definition=views, name="online-views")
        self.location = self.definitions.environment[variables.DEFINITION]
        self._environment = {
            variables.INTAKE_BUCKET: lake.intake.bucket_name,
            variables.LAKE_BUCKET: lake.lake.bucket_name,
            variables.REGISTRY_TABLE: registry.table_name,
            variables.ONLINE_TABLE: self.table.table_name,
            **self.definitions.environment,
        }
        self.materialize = self._materialize(
            [
                *read_versions(lake.lake, DATASETS),
                *read_objects(lake.intake, LIVE_UPLOADS),
                read_items(registry, f"{DATASET_PARTITIONS}*"),
                write_items(registry, f"{VIEW_PARTITIONS}*"),
                lookup_items(self.table),
                put_items(self.table),
                put_events(Stack.of(self), FEATURES_BEHIND),
                self.definitions.read_access,
            ],
            undone,
            layers,
        )
        self._materialize_each_version(undone)
        add_write_route(
            self,
            api=api,
            function=self._write(lake, registry, api, layers),
            path=FEATURES_PATH,
            group=FEATURE_WRITERS,
            may="write rows of online views",
        )

    def _write(self, lake: Lake, registry: dynamodb.ITable, api: Api, layers: Layers) -> lambda_.Function:
        return HandlerFunction(
            self,
            "WriteFeatures",
            props=FunctionProps(
                name="write_features",
                layers=("keepfit", "data", "powertools"),
                timeout_s=15,
                memory_mb=512,
            ),
            layers=layers,
            environment={**self._environment, **api.metering},
            access=[
                *write_objects(lake.intake, LIVE_UPLOADS),
                *read_objects(lake.intake, LIVE_UPLOADS),
                put_items(registry, f"{DATASET_PARTITIONS}*"),
                lookup_items(self.table),
                put_items(self.table),
                self.definitions.read_access,
                api.meter,
            ],
        ).function

    def _materialize(
        self, access: list[Access], dead_letter_queue: DeadLetterQueue, layers: Layers
    ) -> lambda_.Function:
        return HandlerFunction(
            self,
            "MaterializeFeatures",
            props=FunctionProps(
                name="materialize_features",
                layers=("keepfit", "data", "powertools"),
                timeout_s=900,
                memory_mb=1024,
                ephemeral_storage_gb=6,
            ),
            layers=layers,
            environment=self._environment,
            access=access,
            dead_letter_queue=dead_letter_queue,
        ).function

    def _materialize_each_version(self, dead_letter_queue: DeadLetterQueue) -> None:
        events.Rule(
            self,
            "NewData",
            description="A dataset has a new version, or a view is not yet at the newest",
            event_pattern=events.EventPattern(
                source=[SOURCE], detail_type=[DATASET_UPDATED, FEATURES_BEHIND]
            ),
            targets=[retried(self.materialize, dead_letter_queue, attempts=2)],
        )
