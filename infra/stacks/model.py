"""All that one model has for itself."""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.definition_file import DefinitionFile
from infra.constructs.function import function_role
from infra.constructs.layers import Layers
from infra.model_context import ModelPlace, stack_id
from infra.monitoring.monitor import Alarms, Dashboard, Monitor
from infra.platform_exports import Platform
from infra.serving.predict_function import Inference
from infra.serving.release_functions import Release
from infra.settings import Settings
from infra.training.functions import TrainingSteps
from infra.training.model_subscription import Subscription
from infra.training.state_machine.construct import TrainingMachine
from infra.training.state_machine.definition import Functions
from keepfit.definitions.model import CompiledModel
from keepfit.layout import ModelScope


class ModelStack(Stack):
    """A model's inference, training and monitoring, and what it listens to."""

    def __init__(self, scope: Construct, *, settings: Settings, model: CompiledModel) -> None:
        super().__init__(scope, ModelScope(model.name).stack, description=f"keepfit: the model {model.name}")
        place = ModelPlace(
            model=model,
            platform=Platform.seen_from(self),
            definition=DefinitionFile(self, "Definition", definition=model),
            layers=Layers(self, "Layers", settings=settings),
            settings=settings,
        )
        inference = Inference(self, "Serving", place=place)
        unfinished = DeadLetterQueue(self, "Unfinished", alarm_name=place.scope.alarm("unfinished-runs"))
        bookkeeping = function_role(self, "Bookkeeping")
        release = Release(
            self,
            "Release",
            place=place,
            inference=inference,
            failures=unfinished,
            bookkeeping=bookkeeping,
        )
        monitor = Monitor(self, "Monitoring", place=place, predict=inference.function)
        steps = TrainingSteps(
            self,
            "Training",
            place=place,
            predict=inference.function,
            failures=unfinished,
            bookkeeping=bookkeeping,
        )
        functions = Functions(
            admit=steps.admit,
            build=steps.build,
            record_failure=steps.record_failure,
            judge=steps.judge,
            register=steps.register,
            prepare=release.prepare,
            move=release.move,
            evaluate=release.evaluate,
            monitor=monitor.function,
            close=steps.close,
        )
        machine = TrainingMachine(self, "Flow", place=place, functions=functions, task=steps.task).machine
        Subscription(self, "Triggers", place=place, machine=machine, move=release.move, close=steps.close)
        alarms = Alarms(self, "Alarms", place=place, predict=inference.function)
        dashboard = Dashboard(self, "Dashboard", place=place, predict=inference.function, machine=machine)
        outputs = {
            "Model": model.name,
            "StackId": stack_id(),
            "StateMachine": machine.state_machine_arn,
            "PredictFunction": inference.function.function_name,
            "MoveAliasFunction": release.move.function_name,
            "MonitorFunction": monitor.function.function_name,
            "DriftAlarm": alarms.drift.alarm_name,
            "HeartbeatAlarm": alarms.heartbeat.alarm_name,
            "PredictRoute": inference.route,
            "TaskDefinition": steps.task.task_definition_arn,
            "Dashboard": dashboard.name,
        }
        for name, value in outputs.items():
            CfnOutput(self, f"{name}Output", value=value).override_logical_id(name)
