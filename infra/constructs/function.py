"""The Lambda function with house defaults, made from ``functions/<name>``."""

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
from infra.constructs.access import Access, grant
from infra.constructs.layers import Layers
from infra.retention import log_retention
from keepfit import instants


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionProps:
    """A function's handler, layers, timeout, memory, storage, name and role.

    ``keep`` bounds the retention of its log, which may hold inputs of clients. ``function_name`` is set where something
    outside its stack invokes it: a role of another stack can be narrowed to a name that is known beforehand. All others
    are named by CloudFormation. ``role`` is shared with functions of the same rights; by default each has its own.
    """

    name: str
    layers: tuple[str, ...]
    timeout_s: int
    memory_mb: int = 512
    ephemeral_storage_gb: int | None = None
    keep: instants.Duration | None = None
    function_name: str | None = None
    role: iam.Role | None = None


class HandlerFunction(Construct):
    """A Lambda function with its role and its log group, which keeps a month at most.

    ``dead_letter_queue`` receives events that an asynchronous invocation could not handle; a function without one is to
    be invoked synchronously.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        props: FunctionProps,
        layers: Layers,
        environment: Mapping[str, str],
        access: Iterable[Access] = (),
        dead_letter_queue: sqs.IQueue | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        settings = layers.settings
        self.role = props.role or function_role(self, "Role")
        self.logs = logs.LogGroup(
            self, "Logs", retention=log_retention(props.keep), removal_policy=settings.removal_policy
        )
        writing = ("logs:CreateLogStream", "logs:PutLogEvents")
        grant(self.role, [Access(actions=writing, resources=(self.logs.log_group_arn,)), *access])
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=architecture.FUNCTIONS,
            code=lambda_.Code.from_asset(
                settings.function_source(props.name), exclude=["__pycache__", "*.pyc"]
            ),
            handler="handler.handler",
            layers=[layers[layer] for layer in props.layers],
            environment={"KEEPFIT_FUNCTION": props.name, **environment},
            role=self.role,
            log_group=self.logs,
            timeout=Duration.seconds(props.timeout_s),
            memory_size=props.memory_mb,
            ephemeral_storage_size=Size.gibibytes(props.ephemeral_storage_gb)
            if props.ephemeral_storage_gb
            else None,
            dead_letter_queue=dead_letter_queue,
            function_name=props.function_name,
        )
        acknowledge(self, Acknowledged.NO_TRACING)
        acknowledge(self, Acknowledged.RUNTIME_WITH_ALL_WHEELS)
        if dead_letter_queue is None:
            acknowledge(self, Acknowledged.CALLER_SEES_THE_FAILURE)


def function_role(scope: Construct, construct_id: str) -> iam.Role:
    """A role that Lambda functions may assume, without any permission yet."""
    return iam.Role(scope, construct_id, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
