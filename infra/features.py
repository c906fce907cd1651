"""Features, in the cloud: where data arrives, where it is kept, and what takes it from one to the other."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.access import (
    put_events,
    read_versions,
    update_items,
    write_items,
    write_objects,
)
from infra.constructs.bucket import PrivateBucket
from infra.constructs.definition import DefinitionFile
from infra.constructs.function import FunctionPlan, HandlerFunction
from infra.constructs.layers import Layers
from infra.constructs.queue import DeadLetterQueue
from infra.constructs.table import ItemTable
from infra.retention import requests_expire, rows_expire, uploads_expire
from keepfit.definitions import CompiledDataset, CompiledModel


class Lake(Construct):
    """``intake`` takes uploads and tells; ``lake`` keeps what was accepted; ``table`` keeps features by entity."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        datasets: Sequence[CompiledDataset],
        models: Sequence[CompiledModel],
        access_logs: s3.IBucket,
        removal: RemovalPolicy,
    ) -> None:
        super().__init__(scope, construct_id)
        rules = [*rows_expire(datasets), *requests_expire(models)]
        self.intake = PrivateBucket(
            self,
            "Intake",
            removal=removal,
            access_logs=access_logs,
            rules=uploads_expire(datasets),
            announce=True,
        )
        self.lake = PrivateBucket(self, "Lake", removal=removal, access_logs=access_logs, rules=rules)
        self.table = ItemTable(self, "Features", removal=removal)


class Ingest(Construct):
    """Turns each upload below ``<dataset>/`` into a version of the dataset."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        dataset: CompiledDataset,
        lake: Lake,
        registry: dynamodb.ITable,
        failures: DeadLetterQueue,
        layers: Layers,
    ) -> None:
        super().__init__(scope, construct_id)
        own, definition = f"datasets/{dataset.name}/", DefinitionFile(self, "Definition", definition=dataset)
        self.function = HandlerFunction(
            self,
            "IngestUpload",
            plan=FunctionPlan(
                name="ingest_upload",
                uses=("keepfit", "data", "powertools"),
                seconds=900,
                memory_mb=1024,
                tmp_gb=6,
                keep=dataset.definition.keep,
            ),
            layers=layers,
            environment={
                "KEEPFIT_DATASET": dataset.name,
                "KEEPFIT_INTAKE_BUCKET": lake.intake.bucket_name,
                "KEEPFIT_LAKE_BUCKET": lake.lake.bucket_name,
                "KEEPFIT_REGISTRY_TABLE": registry.table_name,
                **definition.environment,
            },
            access=[
                *read_versions(lake.intake, f"{dataset.name}/"),
                *read_versions(lake.lake, own),
                *write_objects(lake.lake, own),
                write_items(registry, f"dataset#{dataset.name}"),
                update_items(registry, f"dataset#{dataset.name}"),
                put_events(Stack.of(self), "Dataset Updated"),
                definition.reading,
            ],
            failures=failures,
        ).function
        target = targets.LambdaFunction(
            self.function,
            dead_letter_queue=failures.for_rules,
            retry_attempts=2,
            max_event_age=Duration.hours(6),
        )
        events.Rule(
            self,
            "Uploaded",
            description=f"A file for the dataset {dataset.name} arrived",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [lake.intake.bucket_name]},
                    "object": {"key": [{"prefix": f"{dataset.name}/"}]},
                },
            ),
            targets=[target],
        )
