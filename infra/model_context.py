"""What every construct of a model's stack is told about the model and its surroundings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aws_cdk import ArnFormat, Aws, Fn, Stack
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.access import Access
from infra.constructs.definition_file import DefinitionFile
from infra.constructs.function import FunctionPlan, HandlerFunction
from infra.constructs.layers import Layers
from infra.platform_exports import Platform
from infra.settings import Settings
from keepfit import variables
from keepfit.definitions.model import CompiledModel
from keepfit.layout import NAMES, ModelScope


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlace:
    """One model, the platform around it, and what its functions are built from."""

    model: CompiledModel
    platform: Platform
    definition: DefinitionFile
    layers: Layers
    settings: Settings

    @property
    def scope(self) -> ModelScope:
        """The model's places and names, which the library knows by the same value."""
        return ModelScope(self.model.name)

    def known_as(self, function: str) -> str:
        """The name of a function that others than this stack may invoke."""
        return function_name(self.scope.stack, function)

    def alarm_arn(self, scope: Construct) -> str:
        """The drift alarm's address, before there is an alarm."""
        return Stack.of(scope).format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name=self.scope.drift_alarm,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def step(
        self,
        scope: Construct,
        plan: FunctionPlan,
        *,
        access: Iterable[Access] = (),
        environment: Mapping[str, str] | None = None,
        failures: sqs.IQueue | None = None,
    ) -> HandlerFunction:
        """The function of ``plan`` with what every step of this model is told."""
        return HandlerFunction(
            scope,
            "".join(word.capitalize() for word in plan.name.split("_")),
            plan=plan,
            layers=self.layers,
            environment={
                variables.MODEL: self.model.name,
                variables.LAKE_BUCKET: self.platform.lake.bucket_name,
                variables.ARTIFACTS_BUCKET: self.platform.artifacts.bucket_name,
                variables.REGISTRY_TABLE: self.platform.registry.table_name,
                variables.STACK_ID: stack_id(),
                **self.definition.environment,
                **(environment or {}),
            },
            access=access,
            failures=failures,
        )


def stack_id() -> str:
    """What tells a stack from another of its name, which was destroyed: the last part of its ARN."""
    return Fn.select(2, Fn.split("/", Aws.STACK_ID))


def function_name(stack: str, function: str) -> str:
    """``move_alias`` is ``keepfit-flight-delay-move-alias``; Lambda takes 64 characters, and a model's name has 40."""
    return f"{stack}-{function.replace('_', '-')}"


# What matches the stack of any model, in the resources of a role.
ANY_MODEL = f"{NAMES}*"
