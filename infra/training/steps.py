"""The steps of a training run: five functions and a task, each with exactly the files it works on."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge
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
from infra.constructs.function import FunctionPlan
from infra.model_place import ModelPlace
from infra.serving.release import alias_reading

CONTAINER = "train-candidate"
_LIGHT = ("keepfit", "powertools")
_DATA = ("keepfit", "data", "powertools")
_INFERENCE = ("keepfit", "inference", "powertools")


class TrainingSteps(Construct):
    """``admit``, ``build``, ``task`` with ``record_failure`` beside it, ``judge``, ``register``, ``close``.

    ``failures`` receives the events that ``close`` could not handle.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        place: ModelPlace,
        predict: lambda_.IFunction,
        failures: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        self._place = place
        artifacts, table = place.platform.artifacts, place.platform.registry
        champion = {"KEEPFIT_PREDICT_FUNCTION": predict.function_name}
        run_files = read_objects(artifacts, place.runs)
        model_items = write_items(table, place.partition)
        failure_reports = f"{place.runs}*/candidates/*/failed.json"
        datasets = sorted(place.model.datasets)

        self.admit = place.step(
            self,
            FunctionPlan(name="admit_trigger", uses=_LIGHT, seconds=60),
            environment={
                **champion,
                "KEEPFIT_DRIFT_ALARM": place.drift_alarm,
                "KEEPFIT_CODE_DIGEST": place.settings.manifest.code_digest,
            },
            access=[
                place.definition.reading,
                *write_objects(artifacts, place.runs),
                model_items,
                read_items(table, *(f"dataset#{dataset}" for dataset in datasets)),
                alias_reading(predict),
                put_events(Stack.of(self), "Retraining Requested"),
                *self._reading_state(),
            ],
        ).function
        self.build = place.step(
            self,
            FunctionPlan(name="build_training_set", uses=_DATA, seconds=900, memory_mb=3008, tmp_gb=6),
            access=[
                *run_files,
                *write_files(artifacts, place.runs),
                *read_versions(place.platform.lake, *(f"datasets/{dataset}/" for dataset in datasets)),
            ],
        ).function
        self.record_failure = place.step(
            self,
            FunctionPlan(name="record_failure", uses=_LIGHT, seconds=60),
            access=[
                *read_objects(artifacts, failure_reports),
                *write_objects(artifacts, failure_reports),
            ],
        ).function
        self.judge = place.step(
            self,
            FunctionPlan(name="judge_candidates", uses=_INFERENCE, seconds=300, memory_mb=1024),
            environment=champion,
            access=[
                *run_files,
                *write_objects(artifacts, place.runs),
                *read_objects(artifacts, place.versions),
                read_items(table, place.partition),
                alias_reading(predict),
            ],
        ).function
        self.register = place.step(
            self,
            FunctionPlan(name="register_version", uses=_INFERENCE, seconds=300, memory_mb=1024),
            access=[
                *read_objects(artifacts, place.runs, place.versions),
                *write_objects(artifacts, place.versions),
                model_items,
                find_items(table, place.partition),
            ],
        ).function
        self.close = place.step(
            self,
            FunctionPlan(name="close_run", uses=_LIGHT, seconds=60),
            access=[*run_files, model_items, put_events(Stack.of(self), "Retraining Requested")],
            failures=failures,
        ).function
        self.task = self._make_task()

    def _reading_state(self) -> tuple[Access, ...]:
        """Whether the execution that holds the lock still runs, and whether the drift alarm stands."""
        executions = Stack.of(self).format_arn(
            service="states",
            resource="execution",
            resource_name=f"{self._place.stack_name}:*",
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
            family=f"{self._place.stack_name}-{CONTAINER}",
            runtime_platform=architecture.TASKS,
        )
        task_logs = logs.LogGroup(
            self,
            "TrainCandidateLogs",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=self._place.settings.removal,
        )
        task.add_container(
            CONTAINER,
            image=ecs.ContainerImage.from_asset(
                self._place.settings.image_context, platform=architecture.IMAGES
            ),
            logging=ecs.LogDriver.aws_logs(stream_prefix="train", log_group=task_logs),
        )
        give(
            task.task_role,
            (
                *read_objects(artifacts, self._place.runs),
                # All tasks of a model have one role: no task's folder is told apart from another candidate's.
                *write_objects(artifacts, f"{self._place.runs}*/candidates/*"),
            ),
        )
        # The registry's login token is the one thing the puller may ask for that has no resource.
        acknowledge(task.obtain_execution_role(), Acknowledged.ACTION_WITHOUT_RESOURCES, "Resource::*")
        return task
