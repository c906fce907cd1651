"""The stack of one model."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.definition_file import DefinitionFile
from infra.constructs.layers import Layers
from infra.model_context import ModelContext, stack_id
from infra.monitoring.alarms import Alarms
from infra.monitoring.dashboard import Dashboard
from infra.monitoring.monitor import Monitor
from infra.platform_exports import Platform
from infra.serving.predict_function import PredictFunction
from infra.serving.release_approval import ReleaseApproval
from infra.serving.release_functions import ReleaseFunctions
from infra.settings import Settings
from infra.shared_roles import SharedRoles
from infra.training.functions import TrainingFunctions
from infra.training.image_function import training_function
from infra.training.model_subscription import ModelSubscription
from infra.training.role import training_role
from infra.training.spark_application import SparkJobs
from infra.training.state_machine.construct import TrainingStateMachine
from infra.training.state_machine.image_steps import TrainingImage
from infra.training.state_machine.state_parameters import StateFunctions
from infra.training.task import train_candidate_task
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.layout import ModelScope
from keepfit.training.compute_definition import FARGATE


class ModelStack(Stack):
    """A model's serving, training and monitoring, and its subscription to events."""

    def __init__(self, scope: Construct, *, settings: Settings, model: CompiledModel) -> None:
        super().__init__(scope, ModelScope(model.name).stack, description=f"keepfit: the model {model.name}")
        context = self._context(settings, model)
        predict = PredictFunction(self, "Serving", context=context)
        unfinished = DeadLetterQueue(self, "Unfinished", alarm_name=context.scope.alarm("unfinished-runs"))
        roles = SharedRoles(self, "Roles")
        release = ReleaseFunctions(
            self, "Release", context=context, predict=predict, dead_letter_queue=unfinished, roles=roles
        )
        monitor = Monitor(self, "Monitoring", context=context, predict=predict)
        training = TrainingFunctions(
            self, "Training", context=context, predict=predict, dead_letter_queue=unfinished, roles=roles
        )
        approval = self._approval(context, predict)
        image = _training_image(training, context)
        machine = TrainingStateMachine(
            self,
            "Flow",
            context=context,
            functions=_state_functions(training, release, monitor, approval),
            image=image,
            jobs=self._spark_jobs(context),
        ).machine
        ModelSubscription(
            self,
            "Triggers",
            context=context,
            machine=machine,
            move=release.move,
            close=training.close,
            predict=predict.function,
        )
        alarms = Alarms(self, "Alarms", context=context, predict=predict)
        dashboard = Dashboard(
            self, "Dashboard", context=context, predict=predict, machine=machine, alarms=alarms.all
        )
        self._tell(
            {
                "Model": model.name,
                "StackId": stack_id(),
                "StateMachine": machine.state_machine_arn,
                "PredictFunction": predict.function.function_name,
                "MoveAliasFunction": release.move.function_name,
                "CloseRunFunction": training.close.function_name,
                "MonitorFunction": monitor.function.function_name,
                "DriftAlarm": alarms.drift.alarm_name,
                "HeartbeatAlarm": alarms.heartbeat.alarm_name,
                "PredictRoute": predict.route,
                "TaskDefinition": image.task.task_definition_arn,
                "Dashboard": dashboard.name,
                **({"ApproveFunction": approval.function.function_name} if approval else {}),
                **({"Serving": model.serving.on} if predict.container else {}),
                **({"OutcomesDataset": model.outcomes_taken} if model.outcomes_taken else {}),
            }
        )

    def _tell(self, outputs: Mapping[str, str]) -> None:
        for name, value in outputs.items():
            CfnOutput(self, f"{name}Output", value=value).override_logical_id(name)

    def _context(self, settings: Settings, model: CompiledModel) -> ModelContext:
        return ModelContext(
            model=model,
            platform=Platform.imported_into(self),
            definition=DefinitionFile(self, "Definition", definition=model),
            layers=Layers(self, "Layers", settings=settings, datasets=model.datasets.values()),
            settings=settings,
        )

    def _approval(self, context: ModelContext, predict: PredictFunction) -> ReleaseApproval | None:
        """The approvals of a model whose releases wait for a person."""
        if not context.model.definition.release.needs_approval:
            return None
        return ReleaseApproval(self, "Approval", context=context, predict=predict)

    def _spark_jobs(self, context: ModelContext) -> SparkJobs | None:
        """Jobs of a model that may join features on Spark."""
        if not context.model.definition.training.may_use_spark:
            return None
        return SparkJobs(self, "Spark", context=context, settings=context.settings)


def _training_image(training: TrainingFunctions, context: ModelContext) -> TrainingImage:
    """The image as a task, and as a function where little is trained on."""
    role = training_role(training, context=context)
    task = train_candidate_task(training, context=context, role=role)
    trains_on_fargate = context.model.definition.training.compute.on == FARGATE
    function = None if trains_on_fargate else training_function(training, context=context, role=role)
    return TrainingImage(task=task, function=function, context=context)


def _state_functions(
    training: TrainingFunctions,
    release: ReleaseFunctions,
    monitor: Monitor,
    approval: ReleaseApproval | None,
) -> StateFunctions:
    return StateFunctions(
        admit=training.admit,
        build=training.build,
        record_failure=training.record_failure,
        judge=training.judge,
        register=training.register,
        prepare=release.prepare,
        move=release.move,
        evaluate=release.evaluate,
        replay=release.replay,
        monitor=monitor.function,
        close=training.close,
        approve=approval.function if approval else None,
    )
