"""The functions that release a version of a model and roll it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_cdk import AssetHashType, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgements import Acknowledged
from infra.constructs.access import (
    Access,
    find_items,
    put_events,
    read_items,
    read_objects,
    write_items,
    write_objects,
)
from infra.constructs.definition_file import asset_location, read_asset
from infra.constructs.function import FunctionProps
from infra.model_context import ModelContext, graph_models
from infra.serving.container_access import move_weights, register_tasks
from infra.serving.predict_function import LIVE_ALIAS, NEXT_ALIAS, PredictFunction
from infra.serving.predict_route import ask_next
from infra.shared_roles import SharedRoles
from infra.subscriptions import SUBSCRIPTIONS, read_subscription_of
from keepfit import variables
from keepfit.events import ALIAS_MOVED, CHAMPION_CHANGED
from keepfit.layout import ModelScope
from keepfit.training.runs.run_files import SYSTEM_TESTS

_LIGHT = ("keepfit", "powertools")
_WITH_MODELS = ("keepfit", "inference", "powertools")


class ReleaseFunctions(Construct):
    """``prepare`` makes and tests versions, ``evaluate`` and ``replay`` judge, ``move`` moves aliases.

    ``prepare`` asks a release over HTTPS, behind the alias ``next``; ``replay`` asks what clients asked before. Only
    ``move`` may update an alias: IAM does not tell one alias of a function from another. ``dead_letter_queue`` receives
    the events that ``move`` could not handle.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: ModelContext,
        predict: PredictFunction,
        dead_letter_queue: sqs.IQueue,
        roles: SharedRoles,
    ) -> None:
        super().__init__(scope, construct_id)
        function, environment = predict.function, predict.environment
        registry = write_items(context.platform.registry, context.scope.partition)
        definition_of_run = read_objects(context.platform.artifacts, f"{context.scope.runs}*/definition.json")
        registering = register_tasks(predict.container) if predict.container else ()
        self.prepare = self._prepare(
            context, function, environment, [registry, *definition_of_run, *registering]
        )
        self.replay = self._replay(context, function, environment, definition_of_run, roles.seeing_rows)
        self.move = self._move(context, predict, dead_letter_queue, [registry, *definition_of_run])
        self.evaluate = self._evaluate(context, predict, definition_of_run, roles.bookkeeping)

    def _move(
        self,
        context: ModelContext,
        predict: PredictFunction,
        dead_letter_queue: sqs.IQueue,
        records: Sequence[Access],
    ) -> lambda_.Function:
        function = predict.function
        return context.make_function(
            self,
            FunctionProps(
                name="move_alias",
                layers=_LIGHT,
                # Tasks of a release are there before it gets a weight.
                timeout_s=300 if predict.container else 60,
                function_name=context.function_name("move_alias"),
            ),
            environment=predict.environment,
            access=[
                read_alias(function, LIVE_ALIAS, NEXT_ALIAS),
                _update_aliases(function),
                _read_code(function),
                *(move_weights(predict.container) if predict.container else ()),
                *records,
                find_items(context.platform.registry, context.scope.partition),
                write_items(context.platform.registry, context.scope.ledger_partition),
                find_items(context.platform.registry, context.scope.ledger_partition),
                put_events(Stack.of(self), ALIAS_MOVED, CHAMPION_CHANGED),
            ],
            dead_letter_queue=dead_letter_queue,
        ).function

    def _evaluate(
        self,
        context: ModelContext,
        predict: PredictFunction,
        definition_of_run: Sequence[Access],
        role: iam.Role,
    ) -> lambda_.Function:
        return context.make_function(
            self,
            FunctionProps(name="evaluate_canary", layers=_LIGHT, timeout_s=60, role=role),
            environment=predict.environment,
            access=[
                context.definition.read_access,
                Access(
                    actions=("cloudwatch:GetMetricData",),
                    resources=("*",),
                    wildcard=Acknowledged.ACTION_WITHOUT_RESOURCES,
                ),
                read_alias(predict.function),
                *(
                    [read_items(context.platform.registry, context.scope.partition)]
                    if predict.container
                    else []
                ),
                *definition_of_run,
            ],
        ).function

    def _prepare(
        self,
        context: ModelContext,
        function: lambda_.Function,
        environment: dict[str, str],
        records: Sequence[Access],
    ) -> lambda_.Function:
        handler = context.settings.manifest.handler
        package = assets.Asset(
            self,
            "Handler",
            path=context.settings.bundle_path(handler),
            asset_hash=handler.digest,
            asset_hash_type=AssetHashType.CUSTOM,
        )
        artifacts = context.platform.artifacts
        others = graph_models(context.model)
        return context.make_function(
            self,
            FunctionProps(
                name="prepare_release",
                layers=_WITH_MODELS if others else _LIGHT,
                timeout_s=300,
                memory_mb=1024,
            ),
            environment={
                **environment,
                variables.HANDLER: asset_location(package),
                variables.NEXT_ROUTE: f"{context.platform.api_url}{context.scope.next_path}",
                **({variables.SUBSCRIPTIONS: SUBSCRIPTIONS} if others else {}),
            },
            access=[
                *self._other_models(context, others),
                context.definition.read_access,
                *read_objects(artifacts, context.scope.versions, context.scope.releases),
                *write_objects(artifacts, context.scope.releases, f"{context.scope.runs}*/{SYSTEM_TESTS}"),
                read_asset(package),
                ask_next(context, self),
                *_publish_versions(function),
                *_delete_versions(function),
                *records,
                find_items(context.platform.registry, context.scope.partition),
                find_items(context.platform.registry, context.scope.ledger_partition),
            ],
        ).function

    def _other_models(self, context: ModelContext, names: Sequence[str]) -> Iterator[Access]:
        """Reads the champions of the other models of a graph, and the files of their versions."""
        if not names:
            return
        scopes, registry = [ModelScope(name) for name in names], context.platform.registry
        yield read_subscription_of(Stack.of(self), *names)
        yield read_items(registry, *(scope.partition for scope in scopes))
        yield find_items(registry, *(scope.partition for scope in scopes))
        yield find_items(registry, *(scope.ledger_partition for scope in scopes))
        yield from read_objects(context.platform.artifacts, *(scope.versions for scope in scopes))

    def _replay(
        self,
        context: ModelContext,
        function: lambda_.Function,
        environment: dict[str, str],
        definition_of_run: Sequence[Access],
        role: iam.Role,
    ) -> lambda_.Function:
        artifacts, scope = context.platform.artifacts, context.scope
        graphs = [f"{scope.releases}*.graph.json"] if graph_models(context.model) else []
        return context.make_function(
            self,
            FunctionProps(
                name="replay_requests",
                layers=_WITH_MODELS,
                timeout_s=300,
                memory_mb=1024,
                keep=context.model.definition.keep,
                role=role,
            ),
            environment=environment,
            access=[
                *definition_of_run,
                *read_objects(artifacts, f"{scope.runs}rows/*/holdout.jsonl", scope.versions, *graphs),
                *write_objects(artifacts, f"{scope.runs}*/replay.json", f"{scope.runs}*/shadow.json"),
                *read_objects(context.platform.lake, scope.prediction_log),
                read_items(context.platform.registry, scope.partition),
                read_alias(function),
                Access(
                    actions=("lambda:InvokeFunction",),
                    resources=(f"{function.function_arn}:*",),
                    wildcard=Acknowledged.VERSIONS_NOT_YET_PUBLISHED,
                ),
            ],
        ).function


def read_alias(function: lambda_.IFunction, *aliases: str) -> Access:
    """Gets the versions and weights of aliases, by default of ``live``."""
    named = (f"{function.function_arn}:{alias}" for alias in aliases or (LIVE_ALIAS,))
    return Access(actions=("lambda:GetAlias",), resources=(function.function_arn, *named))


def _update_aliases(function: lambda_.IFunction) -> Access:
    named = (f"{function.function_arn}:{alias}" for alias in (LIVE_ALIAS, NEXT_ALIAS))
    return Access(actions=("lambda:UpdateAlias",), resources=(function.function_arn, *named))


def _read_code(function: lambda_.IFunction) -> Access:
    return Access(
        actions=("lambda:GetFunctionConfiguration",),
        resources=(f"{function.function_arn}:*",),
        wildcard=Acknowledged.VERSIONS_NOT_YET_PUBLISHED,
    )


def _publish_versions(function: lambda_.IFunction) -> tuple[Access, ...]:
    of_function = ("lambda:UpdateFunctionCode", "lambda:PublishVersion")
    return (
        read_alias(function),
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


def _delete_versions(function: lambda_.IFunction) -> tuple[Access, ...]:
    """Lists and deletes old versions; the colon in the pattern excludes the function itself."""
    return (
        Access(actions=("lambda:ListVersionsByFunction",), resources=(function.function_arn,)),
        Access(
            actions=("lambda:DeleteFunction",),
            resources=(f"{function.function_arn}:*",),
            wildcard=Acknowledged.VERSIONS_NOT_YET_PUBLISHED,
        ),
    )
