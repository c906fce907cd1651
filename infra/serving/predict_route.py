"""The API route of a model: ``POST /models/<model>/predict``."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.model_context import ModelContext

LIVE = "live"


def add_predict_route(scope: Construct, *, context: ModelContext, alias: lambda_.IAlias) -> str:
    """Routes requests with a token of the user pool to the alias; returns the route key."""
    apigateway.HttpRoute(
        scope,
        "Route",
        http_api=context.platform.http_api,
        route_key=apigateway.HttpRouteKey.with_(context.scope.path, apigateway.HttpMethod.POST),
        integration=integrations.HttpLambdaIntegration("Answer", alias, timeout=Duration.seconds(20)),
        authorizer=context.platform.authorizer,
    )
    return f"POST {context.scope.path}"
