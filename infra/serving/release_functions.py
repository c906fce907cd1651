"""The steps that bring a version of a model before clients, and take it back."""

from __future__ import annotations

from aws_cdk import AssetHashType
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgements import Acknowledged
from infra.constructs.access import Access, find_items, read_objects, write_items, write_objects
from infra.constructs.definition_file import address, reading
from infra.constructs.function import FunctionPlan
from infra.model_context import ModelPlace
from infra.serving.predict_function import LIVE, Inference
from keepfit import variables

_LIGHT = ("keepfit", "powertools")


class Release(Construct):
    """``prepare`` publishes, asks golden requests and prunes, ``evaluate`` watches, and ``move`` alone moves the alias.

    ``failures`` receives the events that ``move`` could not handle; ``bookkeeping`` is the role of steps that see no
    data, ``evaluate`` among them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        place: ModelPlace,
        inference: Inference,
        failures: sqs.IQueue,
        bookkeeping: iam.Role,
    ) -> None:
        super().__init__(scope, construct_id)
        function = inference.function
        environment = {variables.PREDICT_FUNCTION: function.function_name}
        registry = write_items(place.platform.registry, place.scope.partition)
        definition_of_run = read_objects(place.platform.artifacts, f"{place.scope.runs}*/definition.json")
        self.prepare = self._prepare(place, function, environment, registry)
        self.move = place.step(
            self,
            FunctionPlan(name="move_alias", uses=_LIGHT, seconds=60, known_as=place.known_as("move_alias")),
            environment=environment,
            access=[
                alias_reading(function),
                _alias_moving(function),
                _code_reading(function),
                *definition_of_run,
                registry,
                find_items(place.platform.registry, place.scope.partition),
                write_items(place.platform.registry, place.scope.ledger_partition),
                find_items(place.platform.registry, place.scope.ledger_partition),
            ],
            failures=failures,
        ).function
        self.evaluate = place.step(
            self,
            FunctionPlan(name="evaluate_canary", uses=_LIGHT, seconds=60, role=bookkeeping),
            environment=environment,
            access=[
                place.definition.reading,
                Access(
                    actions=("cloudwatch:GetMetricData",),
                    resources=("*",),
                    wildcard=Acknowledged.ACTION_WITHOUT_RESOURCES,
                ),
                alias_reading(function),
                *definition_of_run,
            ],
        ).function

    def _prepare(
        self, place: ModelPlace, function: lambda_.Function, environment: dict[str, str], registry: Access
    ) -> lambda_.Function:
        handler = place.settings.manifest.handler
        package = assets.Asset(
            self,
            "Handler",
            path=place.settings.bundle_path(handler),
            asset_hash=handler.digest,
            asset_hash_type=AssetHashType.CUSTOM,
        )
        artifacts = place.platform.artifacts
        return place.step(
            self,
            FunctionPlan(name="prepare_release", uses=_LIGHT, seconds=300, memory_mb=1024),
            environment={**environment, variables.HANDLER: address(package)},
            access=[
                place.definition.reading,
                *read_objects(artifacts, place.scope.versions, place.scope.releases),
                *write_objects(artifacts, place.scope.releases),
                reading(package),
                *_publishing(function),
                *_pruning(function),
                registry,
                find_items(place.platform.registry, place.scope.partition),
                find_items(place.platform.registry, place.scope.ledger_partition),
            ],
        ).function


def alias_reading(function: lambda_.IFunction) -> Access:
    """What the alias points to."""
    return Access(
        actions=("lambda:GetAlias",), resources=(function.function_arn, f"{function.function_arn}:{LIVE}")
    )


def _alias_moving(function: lambda_.IFunction) -> Access:
    return Access(
        actions=("lambda:UpdateAlias",), resources=(function.function_arn, f"{function.function_arn}:{LIVE}")
    )


def _code_reading(function: lambda_.IFunction) -> Access:
    return Access(
        actions=("lambda:GetFunctionConfiguration",),
        resources=(f"{function.function_arn}:*",),
        wildcard=Acknowledged.VERSIONS_NOT_YET_PUBLISHED,
    )


def _publishing(function: lambda_.IFunction) -> tuple[Access, ...]:
    of_function = ("lambda:UpdateFunctionCode", "lambda:PublishVersion")
    return (
        alias_reading(function),
        Access(actions=of_function, resources=(function.function_arn,)),
        Access(
            actions=("lambda:GetFunctionConfiguration",),
            resources=(function.function_arn, f"{function.function_arn}:*"),
            wildcard=Acknowledged.VERSIONS_NOT_YET_PUBLISHED,
        ),
        Access(
            actions=("lambda:InvokeFunction",),
            resources=(f"{function.function_arn}:*",),
            wildcard=Acknowledged.VERSIONS_NOT_YET_PUBLISHED,
        ),
    )


def _pruning(function: lambda_.IFunction) -> tuple[Access, ...]:
    """Old versions: the pattern has a colon, so that the function itself, all its versions, is out of reach."""
    return (
        Access(actions=("lambda:ListVersionsByFunction",), resources=(function.function_arn,)),
        Access(
            actions=("lambda:DeleteFunction",),
            resources=(f"{function.function_arn}:*",),
            wildcard=Acknowledged.VERSIONS_NOT_YET_PUBLISHED,
        ),
    )
