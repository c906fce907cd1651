"""Batches: the state machine that scores files part by part, and its functions; of all models at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from bundling.layers import EXTRACTION
from infra.acknowledgements import Acknowledged, acknowledge
from infra.constructs.access import (
    Access,
    find_items,
    grant,
    read_items,
    read_objects,
    read_versions,
    run_children,
    write_files,
    write_objects,
)
from infra.constructs.function import FunctionProps, HandlerFunction
from infra.constructs.layers import Layers, picture_layers
from infra.constructs.machine_log import deliver_logs, logging_of
from infra.platform_exports import STACK
from infra.registry.registry import Registry
from infra.serving.batch_states import TIMEOUT_S, batch_states
from infra.subscriptions import SUBSCRIPTIONS, read_subscription, read_subscriptions
from keepfit import variables
from keepfit.features.schema.cell_form import CellForm
from keepfit.instants import Duration
from keepfit.layout import BATCH_PARTS, BATCHES, LEDGER_PARTITIONS, MODEL_PARTITIONS

_DATA = ("keepfit", "data", "powertools")

MACHINE = f"{STACK}-batches"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchBuckets:
    """The buckets of batches: files come into ``intake``, and results go to ``lake``."""

    intake: s3.IBucket
    lake: s3.IBucket


class Batches(Construct):
    """Plans each file that is dropped below ``batch/<model>/``, scores its parts, and writes a summary.

    With a machine, three functions and their roles each, a hundred models would use up what an account may have. Given
    up is that the batch of one model could not read another's files; none writes anything but results.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        buckets: BatchBuckets,
        registry: Registry,
        layers: Layers,
        fields: Iterable[CellForm],
        keep: Duration | None,
    ) -> None:
        """``fields`` are those of all datasets; ``keep`` bounds the logs, which may quote a file."""
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        self._layers, self._keep = layers, keep
        intake, lake = buckets.intake, buckets.lake
        self._environment = {
            variables.SUBSCRIPTIONS: SUBSCRIPTIONS,
            variables.REGISTRY_TABLE: registry.table.table_name,
            variables.ARTIFACTS_BUCKET: registry.artifacts.bucket_name,
            variables.INTAKE_BUCKET: intake.bucket_name,
            variables.LAKE_BUCKET: lake.bucket_name,
        }
        reading = [
            *read_versions(intake, BATCHES),
            *read_objects(registry.artifacts, "models/"),
            read_items(registry.table, f"{MODEL_PARTITIONS}*"),
            read_subscription(stack),
            read_subscriptions(stack),
        ]
        plan = self._plan(lake, registry, reading)
        score = self._score(lake, reading, fields)
        results = [*read_objects(lake, BATCHES), *write_objects(lake, BATCHES)]
        close = self._function("close_batch", layers=_DATA, access=results, memory_mb=512)
        self.machine = self._machine(lake, plan=plan, score=score, close=close)

    def _plan(self, lake: s3.IBucket, registry: Registry, reading: Sequence[Access]) -> lambda_.Function:
        return self._function(
            "plan_batch",
            layers=_DATA,
            access=[
                *reading,
                *read_objects(lake, BATCHES),
                *write_files(lake, BATCHES, BATCH_PARTS),
                find_items(registry.table, f"{LEDGER_PARTITIONS}*"),
            ],
            memory_mb=2048,
            storage_gb=10,
        )

    def _score(
        self, lake: s3.IBucket, reading: Sequence[Access], fields: Iterable[CellForm]
    ) -> lambda_.Function:
        """It has the layer of extractors, which decodes pictures too."""
        scoring = dict.fromkeys([*_DATA, EXTRACTION, *picture_layers(fields, runtime=False)])
        return self._function(
            "score_batch_part",
            layers=tuple(layer for layer in scoring if layer != "vision"),
            access=[*reading, *read_objects(lake, BATCHES, BATCH_PARTS), *write_files(lake, BATCHES)],
            memory_mb=3008,
            storage_gb=6,
        )

    def _function(
        self,
        name: str,
        *,
        layers: tuple[str, ...],
        access: Iterable[Access],
        memory_mb: int,
        storage_gb: int | None = None,
    ) -> lambda_.Function:
        return HandlerFunction(
            self,
            "".join(part.capitalize() for part in name.split("_")),
            props=FunctionProps(
                name=name,
                layers=layers,
                timeout_s=TIMEOUT_S,
                memory_mb=memory_mb,
                ephemeral_storage_gb=storage_gb,
                keep=self._keep,
            ),
            layers=self._layers,
            environment=self._environment,
            access=access,
        ).function

    def _machine(
        self, lake: s3.IBucket, *, plan: lambda_.Function, score: lambda_.Function, close: lambda_.Function
    ) -> str:
        """The machine's ARN."""
        stack = Stack.of(self)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        functions = tuple(function.function_arn for function in (plan, score, close))
        grant(
            role,
            [
                Access(actions=("lambda:InvokeFunction",), resources=functions),
                *read_objects(lake, BATCHES),
                *run_children(stack, MACHINE),
                deliver_logs(),
            ],
        )
        machine = stepfunctions.CfnStateMachine(
            self,
            "Machine",
            state_machine_name=MACHINE,
            state_machine_type="STANDARD",
            role_arn=role.role_arn,
            logging_configuration=logging_of(self, MACHINE),
            definition={
                "Comment": "Scores a file part by part",
                "StartAt": "PlanBatch",
                "TimeoutSeconds": 24 * 3600,
                "States": batch_states(plan, score, close, bucket=lake.bucket_name),
            },
        )
        machine.node.add_dependency(role)
        acknowledge(machine, Acknowledged.NO_TRACING)
        return machine.attr_arn
