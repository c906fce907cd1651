"""The requests of the state machine to the training image, for a Fargate task and a Lambda function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as lambda_

from infra.constructs.amazon_states_language import Json
from infra.model_context import ModelContext
from infra.training.state_machine.state_parameters import RUN
from infra.training.state_machine.training_image import ImageStep, ImageSteps
from infra.training.task import CONTAINER
from keepfit import variables
from keepfit.training.compute_definition import FARGATE, LAMBDA
from keepfit.training.search_definition import MEASURE_TRIALS
from keepfit.training.segments_definition import ASSEMBLE_SEGMENTS, TRAIN_SEGMENTS
from keepfit.training.selection.selection import SELECT_FEATURES

_SPOT: Final = f"{FARGATE} spot"
_MOVED: Final = {"moved.$": "$.moved.Error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingImage:
    """The Fargate task of a model's training image, and its Lambda function where there is one."""

    task: ecs.FargateTaskDefinition
    function: lambda_.IFunction | None
    context: ModelContext

    def steps(self) -> ImageSteps:
        """The requests of its steps."""
        of_candidate = {"run_id.$": "$.run_id", "candidate.$": "$.candidate"}
        worker = {"round.$": "$.round", "worker.$": "$.worker"}
        return ImageSteps(
            select=self._step({"run_id.$": RUN["run_id.$"], "step": SELECT_FEATURES}, on="$.training_set.on"),
            train=self._step(of_candidate, on="$.on"),
            measure=self._step({**of_candidate, "step": MEASURE_TRIALS, **worker}, on="$.on"),
            segments=self._task({"run_id.$": "$.run_id", "step": TRAIN_SEGMENTS, "batch.$": "$.batch"}),
            assemble=self._task({"run_id.$": RUN["run_id.$"], "step": ASSEMBLE_SEGMENTS}),
        )

    def _step(self, asked: Mapping[str, str], *, on: str) -> ImageStep:
        spot = self.context.model.definition.training.compute.spot
        return ImageStep(
            task=self._task({**asked, "compute": FARGATE, **_MOVED}),
            spot=self._task({**asked, "compute": _SPOT, **_MOVED}, spot=True) if spot else None,
            function=self.function,
            event={**asked, "compute": LAMBDA},
            on=on,
        )

    def _task(self, asked: Mapping[str, str], *, spot: bool = False) -> Json:
        platform = self.context.platform
        provider = [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]
        return {
            "Cluster": platform.cluster,
            # The family, so its newest revision: a deployment retires the one that was newest when this run began.
            "TaskDefinition": self.task.family,
            **({"CapacityProviderStrategy": provider} if spot else {"LaunchType": "FARGATE"}),
            "PlatformVersion": "LATEST",
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {
                    "Subnets": platform.task_subnets,
                    "SecurityGroups": [platform.task_security_group],
                    "AssignPublicIp": "ENABLED",
                }
            },
            "Overrides": {
                "ContainerOverrides": [
                    {
                        "Name": CONTAINER,
                        "Environment": [
                            {"Name": variables.MODEL, "Value": self.context.model.name},
                            {"Name": variables.ARTIFACTS_BUCKET, "Value": platform.artifacts.bucket_name},
                            *(_variable(field, value) for field, value in asked.items()),
                        ],
                    }
                ]
            },
        }


def _variable(field: str, value: str) -> Json:
    """The variable of a field of the request, whose name ends with .$ where the value is a path."""
    name = field.removesuffix(".$")
    if name in ("round", "worker", "batch"):  # numbers, and a variable is a text
        value = f"States.Format('{{}}', {value})"
    return {"Name": variables.OF_STEP[name], "Value.$" if field.endswith(".$") else "Value": value}
