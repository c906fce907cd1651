"""A route of the API by which clients of a group of their own write rows."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.serving.http_api import Api


def add_write_route(
    scope: Construct, *, api: Api, function: lambda_.IFunction, path: str, group: str, may: str
) -> None:
    """Routes requests with a token of the user pool to the function.

    That answers users of the group, who ``may`` do what it says.
    """
    cognito.CfnUserPoolGroup(
        scope,
        "Writers",
        user_pool_id=api.pool.user_pool_id,
        group_name=group,
        description=f"Clients that may {may}",
    )
    apigateway.HttpRoute(
        scope,
        "WriteRoute",
        http_api=api.http,
        route_key=apigateway.HttpRouteKey.with_(path, apigateway.HttpMethod.POST),
        integration=integrations.HttpLambdaIntegration("Write", function, timeout=Duration.seconds(20)),
        authorizer=apigateway.HttpAuthorizer.from_http_authorizer_attributes(
            scope, "Tokens", authorizer_id=api.authorizer_id, authorizer_type="JWT"
        ),
    )
