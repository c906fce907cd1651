"""The steps of a training run: five functions and a task, each with exactly the files it works on."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgements import Acknowledged
from infra.constructs import architecture
from infra.constructs.access import (
    Access,
    find_items,
    give,
    put_events,
    read_items,
    read_objects,
    read_versions,
    write_files,
    write_items,
    write_objects,
)
from infra.constructs.function import FunctionPlan, function_role
from infra.model_context import ModelPlace
from infra.serving.release_functions import alias_reading
from keepfit import variables
from keepfit.events import RETRAINING_REQUESTED
from keepfit.layout import DatasetScope

CONTAINER = "train-candidate"
_LIGHT = ("keepfit", "powertools")
_DATA = ("keepfit", "data", "powertools")
_INFERENCE = ("keepfit", "inference", "powertools")


class TrainingSteps(Construct):
    """``admit``, ``build``, ``task`` with ``record_failure`` beside it, ``judge``, ``register``, ``close``.

    Steps of much the same rights share a role: those that see rows (``build``, ``judge``), and those that see none and
    keep the books (``admit``, ``record_failure``, ``close``), whose role ``bookkeeping`` is. ``failures`` receives the
    events that ``close`` could not handle.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        place: ModelPlace,
        predict: lambda_.IFunction,
        failures: sqs.IQueue,
        bookkeeping: iam.Role,
    ) -> None:
        super().__init__(scope, construct_id)
        self._place = place
        artifacts, table = place.platform.artifacts, place.platform.registry
        champion = {variables.PREDICT_FUNCTION: predict.function_name}
        run_files = read_objects(artifacts, place.scope.runs)
        model_items = write_items(table, place.scope.partition)
        failure_reports = f"{place.scope.runs}*/candidates/*/failed.json"
        datasets = sorted(place.model.datasets)
        seeing_rows = function_role(self, "SeeingRows")

        self.admit = place.step(
            self,
            FunctionPlan(name="admit_trigger", uses=_LIGHT, seconds=60, role=bookkeeping),
            environment={
                **champion,
                variables.DRIFT_ALARM: place.scope.drift_alarm,
                variables.CODE_DIGEST: place.settings.manifest.code_digest,
            },
            access=[
                place.definition.reading,
                *write_objects(artifacts, place.scope.runs),
                model_items,
                read_items(table, *(DatasetScope(dataset).partition for dataset in datasets)),
                alias_reading(predict),
                put_events(Stack.of(self), RETRAINING_REQUESTED),
                *self._reading_state(),
            ],
        ).function
        self.build = place.step(
            self,
            FunctionPlan(
                name="build_training_set", uses=_DATA, seconds=900, memory_mb=3008, tmp_gb=6, role=seeing_rows
            ),
            access=[
                *run_files,
                *write_files(artifacts, place.scope.runs),
                *read_versions(place.platform.lake, *(DatasetScope(dataset).folder for dataset in datasets)),
            ],
        ).function
        self.record_failure = place.step(
            self,
            FunctionPlan(name="record_failure", uses=_LIGHT, seconds=60, role=bookkeeping),
            access=[
                *read_objects(artifacts, failure_reports),
                *write_objects(artifacts, failure_reports),
            ],
        ).function
        self.judge = place.step(
            self,
            FunctionPlan(
                name="judge_candidates", uses=_INFERENCE, seconds=300, memory_mb=1024, role=seeing_rows
            ),
            environment=champion,
            access=[
                *run_files,
                *write_objects(artifacts, place.scope.runs),
                *read_objects(artifacts, place.scope.versions),
                read_items(table, place.scope.partition),
                alias_reading(predict),
            ],
        ).function
        self.register = place.step(
            self,
            FunctionPlan(name="register_version", uses=_INFERENCE, seconds=300, memory_mb=1024),
            access=[
                *read_objects(artifacts, place.scope.runs, place.scope.versions),
                *write_objects(artifacts, place.scope.versions),
                model_items,
                find_items(table, place.scope.partition),
            ],
        ).function
        self.close = place.step(
            self,
            FunctionPlan(
                name="close_run",
                uses=_LIGHT,
                seconds=60,
                known_as=place.known_as("close_run"),
                role=bookkeeping,
            ),
            access=[*run_files, model_items, put_events(Stack.of(self), RETRAINING_REQUESTED)],
            failures=failures,
        ).function
        self.task = self._make_task()

    def _reading_state(self) -> tuple[Access, ...]:
        """Whether the execution that holds the lock still runs, and whether the drift alarm stands."""
        executions = Stack.of(self).format_arn(
            service="states",
            resource="execution",
            resource_name=f"{self._place.scope.stack}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return (
            Access(
                actions=("states:DescribeExecution",),
                resources=(executions,),
                wildcard=Acknowledged.RUNS_NOT_YET_STARTED,
            ),
            Access(actions=("cloudwatch:DescribeAlarms",), resources=(self._place.alarm_arn(self),)),
        )

    def _make_task(self) -> ecs.FargateTaskDefinition:
        """One candidate's training. What it is told comes with the run, so the definition holds no environment."""
        artifacts = self._place.platform.artifacts
        task = ecs.FargateTaskDefinition(
            self,
            "TrainCandidate",
            cpu=1024,
            memory_limit_mib=4096,
            family=f"{self._place.scope.stack}-{CONTAINER}",
            runtime_platform=architecture.TASKS,
            execution_role=self._place.platform.task_execution_role,
        )
        task.add_container(
            CONTAINER,
            image=ecs.ContainerImage.from_asset(
                self._place.settings.image_context, platform=architecture.IMAGES
            ),
            logging=ecs.LogDriver.aws_logs(
                stream_prefix=self._place.model.name, log_group=self._place.platform.task_logs
            ),
        )
        give(
            task.task_role,
            (
                *read_objects(artifacts, self._place.scope.runs),
                # All tasks of a model have one role: no task's folder is told apart from another candidate's.
                *write_objects(artifacts, f"{self._place.scope.runs}*/candidates/*"),
            ),
        )
        return task
