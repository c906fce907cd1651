"""A Lambda function as keepfit wants every one, made from ``functions/<name>``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aws_cdk import Duration, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge
from infra.constructs import architecture
from infra.constructs.access import Access, give
from infra.constructs.layers import Layers
from infra.retention import log_retention
from keepfit import instants


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPlan:
    """A handler and what it runs on: ``uses`` names its layers, ``seconds`` is its timeout.

    What it logs may hold inputs of clients: with ``keep``, its log forgets by then. ``known_as`` is the function's own
    name, where somebody outside its stack may invoke it: a role of another stack can be narrowed to what is known
    beforehand. All others are named by CloudFormation. ``role`` is shared with functions that do much the same; without
    it, the function has one of its own.
    """

    name: str
    uses: tuple[str, ...]
    seconds: int
    memory_mb: int = 512
    tmp_gb: int | None = None
    keep: instants.Duration | None = None
    known_as: str | None = None
    role: iam.Role | None = None


class HandlerFunction(Construct):
    """A function whose role gets ``access``, and a log group that forgets after a month.

    ``failures`` receives events that an asynchronous invocation could not handle; without it the function is meant to
    be invoked synchronously.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: FunctionPlan,
        layers: Layers,
        environment: Mapping[str, str],
        access: Iterable[Access] = (),
        failures: sqs.IQueue | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        settings = layers.settings
        self.role = plan.role or function_role(self, "Role")
        self.logs = logs.LogGroup(
            self, "Logs", retention=log_retention(plan.keep), removal_policy=settings.removal
        )
        writing = ("logs:CreateLogStream", "logs:PutLogEvents")
        give(self.role, [Access(actions=writing, resources=(self.logs.log_group_arn,)), *access])
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=architecture.FUNCTIONS,
            code=lambda_.Code.from_asset(
                settings.function_source(plan.name), exclude=["__pycache__", "*.pyc"]
            ),
            handler="handler.handler",
            layers=[layers[layer] for layer in plan.uses],
            environment={"KEEPFIT_FUNCTION": plan.name, **environment},
            role=self.role,
            log_group=self.logs,
            timeout=Duration.seconds(plan.seconds),
            memory_size=plan.memory_mb,
            ephemeral_storage_size=Size.gibibytes(plan.tmp_gb) if plan.tmp_gb else None,
            dead_letter_queue=failures,
            function_name=plan.known_as,
        )
        acknowledge(self, Acknowledged.NO_TRACING)
        acknowledge(self, Acknowledged.RUNTIME_WITH_ALL_WHEELS)
        if failures is None:
            acknowledge(self, Acknowledged.CALLER_SEES_THE_FAILURE)


def function_role(scope: Construct, construct_id: str) -> iam.Role:
    """A role that functions may have, without any right yet."""
    return iam.Role(scope, construct_id, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
