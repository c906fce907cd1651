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
    put_metrics,
    read_items,
    read_objects,
    read_versions,
    write_files,
    write_items,
    write_objects,
)
from infra.constructs.function import FunctionProps
from infra.model_context import ModelContext, graph_models
from infra.serving.predict_function import PredictFunction
from infra.serving.release_functions import read_alias
from infra.shared_roles import SharedRoles
from keepfit import variables
from keepfit.events import INCIDENT_CLOSED, INCIDENT_OPENED, RETRAINING_REQUESTED
from keepfit.layout import DatasetScope
from keepfit.monitoring import metrics

_LIGHT = ("keepfit", "powertools")
_DATA = ("keepfit", "data", "powertools")
_INFERENCE = ("keepfit", "inference", "powertools")
_ANNOUNCED = (RETRAINING_REQUESTED, INCIDENT_OPENED, INCIDENT_CLOSED)


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
        predict: PredictFunction,
        dead_letter_queue: sqs.IQueue,
        roles: SharedRoles,
    ) -> None:
        super().__init__(scope, construct_id)
        self._context, self._roles = context, roles
        self._runs, self._versions = context.scope.runs, context.scope.versions
        self._artifacts, self._table = context.platform.artifacts, context.platform.registry
        self.admit = self._admit(predict)
        self.build = self._build()
        self.record_failure = self._record_failure()
        self.judge = self._judge(predict)
        self.register = self._register()
        self.close = self._close(dead_letter_queue)

    def _admit(self, predict: PredictFunction) -> lambda_.Function:
        context = self._context
        datasets = (DatasetScope(dataset).partition for dataset in sorted(context.model.datasets))
        return context.make_function(
            self,
            FunctionProps(name="admit_trigger", layers=_LIGHT, timeout_s=60, role=self._roles.bookkeeping),
            environment={
                **predict.environment,
                variables.DRIFT_ALARM: context.scope.drift_alarm,
                variables.CODE_DIGEST: context.settings.manifest.code_digest,
            },
            access=[
                context.definition.read_access,
                *write_objects(self._artifacts, self._runs),
                write_items(self._table, context.scope.partition),
                read_items(self._table, *datasets),
                read_alias(predict.function),
                put_events(Stack.of(self), *_ANNOUNCED),
                put_metrics(metrics.NAMESPACE),
                *self._read_run_state(),
                *([find_items(self._table, context.scope.partition)] if graph_models(context.model) else []),
            ],
        ).function

    def _build(self) -> lambda_.Function:
        context = self._context
        datasets = (DatasetScope(dataset).folder for dataset in sorted(context.model.datasets))
        return context.make_function(
            self,
            FunctionProps(
                name="build_training_set",
                layers=_DATA,
                timeout_s=900,
                memory_mb=3008,
                ephemeral_storage_gb=6,
                role=self._roles.seeing_rows,
            ),
            access=[
                *read_objects(self._artifacts, self._runs),
                *write_files(self._artifacts, self._runs),
                *read_versions(context.platform.lake, *datasets),
            ],
        ).function

    def _record_failure(self) -> lambda_.Function:
        reports = f"{self._runs}*/candidates/*/failed.json"
        return self._context.make_function(
            self,
            FunctionProps(name="record_failure", layers=_LIGHT, timeout_s=60, role=self._roles.bookkeeping),
            access=[*read_objects(self._artifacts, reports), *write_objects(self._artifacts, reports)],
        ).function

    def _judge(self, predict: PredictFunction) -> lambda_.Function:
        return self._context.make_function(
            self,
            FunctionProps(
                name="judge_candidates",
                layers=_INFERENCE,
                timeout_s=300,
                memory_mb=1024,
                role=self._roles.seeing_rows,
            ),
            environment=predict.environment,
            access=[
                *read_objects(self._artifacts, self._runs),
                *write_objects(self._artifacts, self._runs),
                *read_objects(self._artifacts, self._versions),
                *read_objects(self._context.platform.lake, self._context.scope.prediction_log),
                read_items(self._table, self._context.scope.partition),
                read_alias(predict.function),
            ],
        ).function

    def _register(self) -> lambda_.Function:
        partition = self._context.scope.partition
        return self._context.make_function(
            self,
            FunctionProps(name="register_version", layers=_INFERENCE, timeout_s=300, memory_mb=1024),
            access=[
                *read_objects(self._artifacts, self._runs, self._versions),
                *write_objects(self._artifacts, self._versions),
                write_items(self._table, partition),
                find_items(self._table, partition),
            ],
        ).function

    def _close(self, dead_letter_queue: sqs.IQueue) -> lambda_.Function:
        context = self._context
        tracking = context.settings.tracking_server
        return context.make_function(
            self,
            FunctionProps(
                name="close_run",
                layers=_LIGHT,
                timeout_s=60,
                function_name=context.function_name("close_run"),
                role=self._roles.bookkeeping,
            ),
            access=[
                *read_objects(self._artifacts, self._runs),
                write_items(self._table, context.scope.partition),
                put_events(Stack.of(self), *_ANNOUNCED),
                put_metrics(metrics.NAMESPACE),
            ],
            environment={variables.MLFLOW_URI: tracking} if tracking else {},
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
            Access(actions=("cloudwatch:DescribeAlarms",), resources=self._context.alarm_arns(self)),
        )
