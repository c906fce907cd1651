"""Features, in the cloud: where data arrives, where it is kept, and what takes it from one to the other."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration as CdkDuration
from aws_cdk import RemovalPolicy, Stack
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
from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.definition_file import DefinitionFile
from infra.constructs.function import FunctionPlan, HandlerFunction
from infra.constructs.layers import Layers
from infra.retention import requests_expire, rows_expire, uploads_expire
from keepfit import variables
from keepfit.definitions.model import CompiledDataset, CompiledDatasets, CompiledModel
from keepfit.events import DATASET_UPDATED
from keepfit.instants import Duration
from keepfit.layout import DATASET_PARTITIONS, DATASETS


class Lake(Construct):
    """``intake`` takes uploads and tells; ``lake`` keeps what was accepted."""

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


class Ingest(Construct):
    """Turns each upload below ``<dataset>/`` into a version of the dataset: one rule and one function for all of them.

    With a rule, a function and a role each, a hundred datasets would use up what one stack and one account may have.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        datasets: CompiledDatasets,
        lake: Lake,
        registry: dynamodb.ITable,
        failures: DeadLetterQueue,
        layers: Layers,
    ) -> None:
        super().__init__(scope, construct_id)
        definitions = DefinitionFile(self, "Definitions", definition=datasets)
        self.function = HandlerFunction(
            self,
            "IngestUpload",
            plan=FunctionPlan(
                name="ingest_upload",
                uses=("keepfit", "data", "powertools"),
                seconds=900,
                memory_mb=1024,
                tmp_gb=6,
                keep=_shortest(datasets),
            ),
            layers=layers,
            environment={
                variables.INTAKE_BUCKET: lake.intake.bucket_name,
                variables.LAKE_BUCKET: lake.lake.bucket_name,
                variables.REGISTRY_TABLE: registry.table_name,
                **definitions.environment,
            },
            access=[
                *read_versions(lake.intake, "?*/"),
                *read_versions(lake.lake, DATASETS),
                *write_objects(lake.lake, DATASETS),
                write_items(registry, f"{DATASET_PARTITIONS}*"),
                update_items(registry, f"{DATASET_PARTITIONS}*"),
                put_events(Stack.of(self), DATASET_UPDATED),
                definitions.reading,
            ],
            failures=failures,
        ).function
        target = targets.LambdaFunction(
            self.function,
            dead_letter_queue=failures.for_rules,
            retry_attempts=2,
            max_event_age=CdkDuration.hours(6),
        )
        events.Rule(
            self,
            "Uploaded",
            description="A file for a dataset arrived",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={"bucket": {"name": [lake.intake.bucket_name]}},
            ),
            targets=[target],
        )


def _shortest(datasets: CompiledDatasets) -> Duration | None:
    """The shortest ``keep`` of all datasets, whose rows one log may quote; None where none of them has one."""
    kept = [dataset.definition.keep for dataset in datasets.datasets.values() if dataset.definition.keep]
    return min(kept, key=lambda keep: keep.seconds, default=None)
