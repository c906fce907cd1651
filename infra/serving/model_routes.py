"""The API routes of what is deployed, and of inferences by one version: of all models at once."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.acknowledgements import Acknowledged
from infra.constructs.access import Access, find_items, read_items, read_objects
from infra.constructs.function import FunctionProps, HandlerFunction
from infra.constructs.layers import Layers
from infra.registry.registry import Registry
from infra.serving.http_api import Api
from infra.subscriptions import SUBSCRIPTIONS, read_subscription, read_subscriptions
from keepfit import variables
from keepfit.api_routes import DOCS_PATH, INFER_PATH, MODEL_ROUTES, OPENAPI_PATH, VERSION_PATH
from keepfit.layout import LEDGER_PARTITIONS, MODEL_PARTITIONS, NAMES, RELEASED_GRAPHS

_LIGHT = ("keepfit", "powertools")
_TIMEOUT = Duration.seconds(20)


class ModelRoutes(Construct):
    """Routes of metadata and readiness, ``GET /v2/...``, and of inferences by one version of a model.

    These are routes of the platform: an API has 300, and of each model there are only those that clients ask often.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, api: Api, registry: Registry, layers: Layers
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        environment = {
            variables.SUBSCRIPTIONS: SUBSCRIPTIONS,
            variables.REGISTRY_TABLE: registry.table.table_name,
            variables.ARTIFACTS_BUCKET: registry.artifacts.bucket_name,
        }
        reading = [
            read_subscriptions(stack),
            read_subscription(stack),
            find_items(registry.table, f"{MODEL_PARTITIONS}*"),
        ]
        self._api = api
        self._authorizer = apigateway.HttpAuthorizer.from_http_authorizer_attributes(
            self, "Tokens", authorizer_id=api.authorizer_id, authorizer_type="JWT"
        )
        describe = HandlerFunction(
            self,
            "DescribeModels",
            props=FunctionProps(name="describe_models", layers=_LIGHT, timeout_s=15),
            layers=layers,
            environment={**environment, **api.metering},
            access=[
                *reading,
                read_items(registry.table, f"{MODEL_PARTITIONS}*"),
                find_items(registry.table, f"{LEDGER_PARTITIONS}*"),
                *read_objects(registry.artifacts, "models/", RELEASED_GRAPHS),
                api.meter,
            ],
        ).function
        self._route("Describe", "GET", [*MODEL_ROUTES.values(), OPENAPI_PATH, DOCS_PATH], describe)
        self._route("Missing", "POST", [INFER_PATH], describe)
        predict = HandlerFunction(
            self,
            "PredictVersion",
            props=FunctionProps(name="predict_version", layers=_LIGHT, timeout_s=19),
            layers=layers,
            environment=environment,
            access=[*reading, _invoke_versions(stack)],
        ).function
        self._route("Version", "POST", [VERSION_PATH], predict)

    def _route(self, name: str, method: str, paths: Iterable[str], function: lambda_.IFunction) -> None:
        integration = integrations.HttpLambdaIntegration(name, function, timeout=_TIMEOUT)
        for number, path in enumerate(paths, 1):
            apigateway.HttpRoute(
                self,
                f"{name}{number}",
                http_api=self._api.http,
                route_key=apigateway.HttpRouteKey.with_(path, apigateway.HttpMethod[method]),
                integration=integration,
                authorizer=self._authorizer,
            )


def _invoke_versions(stack: Stack) -> Access:
    """Invokes the versions of any model's function that predicts."""
    functions = stack.format_arn(
        service="lambda",
        resource="function",
        resource_name=f"{NAMES}*ServingPredict*:*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return Access(
        actions=("lambda:InvokeFunction",),
        resources=(functions,),
        wildcard=Acknowledged.MODELS_NOT_YET_DEPLOYED,
    )
