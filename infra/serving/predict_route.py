"""The API routes of a model: of predictions by both protocols, and that of a tested release."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.access import Access
from infra.model_context import ModelContext

_TIMEOUT = Duration.seconds(20)


def add_predict_route(scope: Construct, *, context: ModelContext, alias: lambda_.IAlias) -> str:
    """Routes requests with a token of the user pool to the alias; returns the route key."""
    integration = integrations.HttpLambdaIntegration("Answer", alias, timeout=_TIMEOUT)
    _add_route(scope, "Route", context, context.scope.path, integration, context.platform.authorizer)
    _add_route(
        scope, "InferRoute", context, context.scope.infer_path, integration, context.platform.authorizer
    )
    return f"POST {context.scope.path}"


def add_next_route(scope: Construct, *, context: ModelContext, alias: lambda_.IAlias) -> None:
    """Routes requests with a signature of AWS to the alias; no token opens it."""
    integration = integrations.HttpLambdaIntegration("AnswerNext", alias, timeout=_TIMEOUT)
    by_signature = authorizers.HttpIamAuthorizer()
    _add_route(scope, "NextRoute", context, context.scope.next_path, integration, by_signature)


def _add_route(
    scope: Construct,
    name: str,
    context: ModelContext,
    path: str,
    integration: integrations.HttpLambdaIntegration,
    authorizer: apigateway.IHttpRouteAuthorizer,
) -> None:
    apigateway.HttpRoute(
        scope,
        name,
        http_api=context.platform.http_api,
        route_key=apigateway.HttpRouteKey.with_(path, apigateway.HttpMethod.POST),
        integration=integration,
        authorizer=authorizer,
    )


def ask_next(context: ModelContext, scope: Construct) -> Access:
    """Asks exactly the route of a release that is tested."""
    route = Stack.of(scope).format_arn(
        service="execute-api",
        resource=context.platform.http_api.api_id,
        resource_name=f"$default/POST{context.scope.next_path}",
    )
    return Access(actions=("execute-api:Invoke",), resources=(route,))
