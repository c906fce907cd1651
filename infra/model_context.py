"""The context of a model's constructs: its definition, the platform, layers and settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aws_cdk import ArnFormat, Aws, Fn, Stack
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.access import Access
from infra.constructs.definition_file import DefinitionFile
from infra.constructs.function import FunctionProps, HandlerFunction
from infra.constructs.layers import Layers
from infra.platform_exports import Platform
from infra.settings import Settings
from keepfit import variables
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.layout import NAMES, ModelScope


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelContext:
    """One model, the platform's resources, and what the model's functions are built from."""

    model: CompiledModel
    platform: Platform
    definition: DefinitionFile
    layers: Layers
    settings: Settings

    @property
    def scope(self) -> ModelScope:
        """The model's prefixes, partitions and names, as the library spells them."""
        return ModelScope(self.model.name)

    def function_name(self, function: str) -> str:
        """The fixed name of a function that other stacks may invoke."""
        return function_name(self.scope.stack, function)

    @property
    def decay_alarms(self) -> dict[str, str]:
        """The names of the alarms on decay, by the metric that each watches."""
        watched = self.model.definition.monitoring.decay_thresholds
        return {metric: self.scope.decay_alarm(metric) for metric in watched}

    def alarm_arns(self, scope: Construct) -> tuple[str, ...]:
        """The ARNs of the alarms that start a training, before they exist."""
        return tuple(
            Stack.of(scope).format_arn(
                service="cloudwatch",
                resource="alarm",
                resource_name=name,
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for name in (self.scope.drift_alarm, *self.decay_alarms.values())
        )

    def make_function(
        self,
        scope: Construct,
        props: FunctionProps,
        *,
        access: Iterable[Access] = (),
        environment: Mapping[str, str] | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> HandlerFunction:
        """Makes a function of this model, with the environment that all of them share."""
        return HandlerFunction(
            scope,
            "".join(word.capitalize() for word in props.name.split("_")),
            props=props,
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
            dead_letter_queue=dead_letter_queue,
        )


def stack_id() -> str:
    """The last part of the stack's ARN; a stack made anew under the same name has another one."""
    return Fn.select(2, Fn.split("/", Aws.STACK_ID))


def function_name(stack: str, function: str) -> str:
    """The name of a model's function: ``move_alias`` is ``keepfit-flight-delay-move-alias``.

    Lambda takes 64 characters, and a model's name has 40 at most.
    """
    return f"{stack}-{function.replace('_', '-')}"


def graph_models(model: CompiledModel) -> list[str]:
    """The other models whose champions answer in the model's graph."""
    return model.graph.models[1:] if model.graph else []


# Matches the stack of any model, in the resources of a role.
ANY_MODEL = f"{NAMES}*"
