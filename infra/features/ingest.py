"""The function that ingests uploads, and the rule that invokes it."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.access import (
    Access,
    put_events,
    read_versions,
    update_items,
    write_items,
    write_objects,
)
from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.definition_file import DefinitionFile
from infra.constructs.event_target import retried
from infra.constructs.function import FunctionProps, HandlerFunction
from infra.constructs.layers import Layers, picture_layers
from infra.features.lake import Lake
from keepfit import variables
from keepfit.definitions.compiled_model import CompiledDatasets
from keepfit.events import DATASET_UPDATED, FEATURES_BEHIND
from keepfit.features.schema.definition import Field
from keepfit.instants import Duration
from keepfit.layout import DATASET_PARTITIONS, DATASETS, MANIFESTS

_DATA = ("keepfit", "data", "powertools")


class Ingest(Construct):
    """Ingests each upload below ``<dataset>/``: one rule and one function for all datasets.

    With a rule, a function and a role each, a hundred datasets would use up what one stack and one account may have.
    ``withdraw`` takes uploads out again, when a person invokes it: whoever may upload may not do that. ``definitions``
    is the file of all datasets.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        datasets: CompiledDatasets,
        lake: Lake,
        registry: dynamodb.ITable,
        dead_letter_queue: DeadLetterQueue,
        layers: Layers,
    ) -> None:
        super().__init__(scope, construct_id)
        definitions = self.definitions = DefinitionFile(self, "Definitions", definition=datasets)
        self._layers, self._lake = layers, lake
        self._pictures = picture_layers(_fields(datasets), runtime=False)
        self._environment = {
            variables.LAKE_BUCKET: lake.lake.bucket_name,
            variables.REGISTRY_TABLE: registry.table_name,
            **definitions.environment,
        }
        keeping = [
            *read_versions(lake.lake, DATASETS),
            write_items(registry, f"{DATASET_PARTITIONS}*"),
            update_items(registry, f"{DATASET_PARTITIONS}*"),
            definitions.read_access,
        ]
        self.function = self._ingest(keeping, dead_letter_queue, keep=_shortest(datasets))
        self.withdraw = self._withdraw(keeping)
        self._ingest_each_upload(dead_letter_queue)

    def _ingest(
        self, keeping: Sequence[Access], dead_letter_queue: DeadLetterQueue, *, keep: Duration | None
    ) -> lambda_.Function:
        return HandlerFunction(
            self,
            "IngestUpload",
            props=FunctionProps(
                name="ingest_upload",
                layers=(*_DATA, *self._pictures),
                timeout_s=900,
                memory_mb=1024,
                ephemeral_storage_gb=6,
                keep=keep,
            ),
            layers=self._layers,
            environment={variables.INTAKE_BUCKET: self._lake.intake.bucket_name, **self._environment},
            access=[
                *read_versions(self._lake.intake, "?*/"),
                *write_objects(self._lake.lake, DATASETS),
                *keeping,
                put_events(Stack.of(self), DATASET_UPDATED, FEATURES_BEHIND),
            ],
            dead_letter_queue=dead_letter_queue,
        ).function

    def _withdraw(self, keeping: Sequence[Access]) -> lambda_.Function:
        return HandlerFunction(
            self,
            "WithdrawUpload",
            props=FunctionProps(
                name="withdraw_upload",
                layers=_DATA,
                timeout_s=900,
                memory_mb=1024,
                ephemeral_storage_gb=6,
            ),
            layers=self._layers,
            environment=self._environment,
            access=[
                *write_objects(self._lake.lake, MANIFESTS),
                *keeping,
                put_events(Stack.of(self), DATASET_UPDATED),
            ],
        ).function

    def _ingest_each_upload(self, dead_letter_queue: DeadLetterQueue) -> None:
        events.Rule(
            self,
            "Uploaded",
            description="A file for a dataset arrived",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={"bucket": {"name": [self._lake.intake.bucket_name]}},
            ),
            targets=[retried(self.function, dead_letter_queue, attempts=2)],
        )


def _fields(datasets: CompiledDatasets) -> list[Field]:
    return [field for each in datasets.datasets.values() for field in each.definition.fields.values()]


def _shortest(datasets: CompiledDatasets) -> Duration | None:
    """The shortest ``keep`` of all datasets, whose rows one log may quote, if any has one."""
    kept = [dataset.definition.keep for dataset in datasets.datasets.values() if dataset.definition.keep]
    return min(kept, key=lambda keep: keep.seconds, default=None)
