"""The functions of a training run, each with access to exactly the files it works on."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgements import Acknowledged
from infra.constructs.access import (
    Access,
    find_items,
    put_events,
    read_items,
    read_objects,
    read_versions,
    write_files,
    write_items,
    write_objects,
)
from infra.constructs.function import FunctionProps
from infra.model_context import ModelContext
from infra.serving.release_functions import read_alias
from infra.shared_roles import SharedRoles
from keepfit import variables
from keepfit.events import RETRAINING_REQUESTED
from keepfit.layout import DatasetScope

_LIGHT = ("keepfit", "powertools")
_DATA = ("keepfit", "data", "powertools")
_INFERENCE = ("keepfit", "inference", "powertools")


class TrainingFunctions(Construct):
    """``admit``, ``build``, ``record_failure``, ``judge``, ``register`` and ``close``.

    Functions of much the same rights share a role: those that see rows (``build``, ``judge``), and those that see none
    and keep records (``admit``, ``record_failure``, ``close``). ``dead_letter_queue`` receives the events that
    ``close`` could not handle.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: ModelContext,
        predict: lambda_.IFunction,
        dead_letter_queue: sqs.IQueue,
        roles: SharedRoles,
    ) -> None:
        super().__init__(scope, construct_id)
        self._context = context
        artifacts, table = context.platform.artifacts, context.platform.registry
        champion = {variables.PREDICT_FUNCTION: predict.function_name}
        run_files = read_objects(artifacts, context.scope.runs)
        model_items = write_items(table, context.scope.partition)
        failure_reports = f"{context.scope.runs}*/candidates/*/failed.json"
        datasets = sorted(context.model.datasets)

        self.admit = context.make_function(
            self,
            FunctionProps(name="admit_trigger", layers=_LIGHT, timeout_s=60, role=roles.bookkeeping),
            environment={
                **champion,
                variables.DRIFT_ALARM: context.scope.drift_alarm,
                variables.CODE_DIGEST: context.settings.manifest.code_digest,
            },
            access=[
                context.definition.read_access,
                *write_objects(artifacts, context.scope.runs),
                model_items,
                read_items(table, *(DatasetScope(dataset).partition for dataset in datasets)),
                read_alias(predict),
                put_events(Stack.of(self), RETRAINING_REQUESTED),
                *self._read_run_state(),
            ],
        ).function
        self.build = context.make_function(
            self,
            FunctionProps(
                name="build_training_set",
                layers=_DATA,
                timeout_s=900,
                memory_mb=3008,
                ephemeral_storage_gb=6,
                role=roles.seeing_rows,
            ),
            access=[
                *run_files,
                *write_files(artifacts, context.scope.runs),
                *read_versions(
                    context.platform.lake, *(DatasetScope(dataset).folder for dataset in datasets)
                ),
            ],
        ).function
        self.record_failure = context.make_function(
            self,
            FunctionProps(name="record_failure", layers=_LIGHT, timeout_s=60, role=roles.bookkeeping),
            access=[
                *read_objects(artifacts, failure_reports),
                *write_objects(artifacts, failure_reports),
            ],
        ).function
        self.judge = context.make_function(
            self,
            FunctionProps(
                name="judge_candidates",
                layers=_INFERENCE,
                timeout_s=300,
                memory_mb=1024,
                role=roles.seeing_rows,
            ),
            environment=champion,
            access=[
                *run_files,
                *write_objects(artifacts, context.scope.runs),
                *read_objects(artifacts, context.scope.versions),
                read_items(table, context.scope.partition),
                read_alias(predict),
            ],
        ).function
        self.register = context.make_function(
            self,
            FunctionProps(name="register_version", layers=_INFERENCE, timeout_s=300, memory_mb=1024),
            access=[
                *read_objects(artifacts, context.scope.runs, context.scope.versions),
                *write_objects(artifacts, context.scope.versions),
                model_items,
                find_items(table, context.scope.partition),
            ],
        ).function
        self.close = context.make_function(
            self,
            FunctionProps(
                name="close_run",
                layers=_LIGHT,
                timeout_s=60,
                function_name=context.function_name("close_run"),
                role=roles.bookkeeping,
            ),
            access=[*run_files, model_items, put_events(Stack.of(self), RETRAINING_REQUESTED)],
            dead_letter_queue=dead_letter_queue,
        ).function

    def _read_run_state(self) -> tuple[Access, ...]:
        """Describes the execution that holds the lock, and the drift alarm."""
        executions = Stack.of(self).format_arn(
            service="states",
            resource="execution",
            resource_name=f"{self._context.scope.stack}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return (
            Access(
                actions=("states:DescribeExecution",),
                resources=(executions,),
                wildcard=Acknowledged.RUNS_NOT_YET_STARTED,
            ),
            Access(actions=("cloudwatch:DescribeAlarms",), resources=(self._context.alarm_arn(self),)),
        )
