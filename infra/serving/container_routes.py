"""The API routes of a model that containers serve: those of a function, to the load balancer."""

from __future__ import annotations

from aws_cdk import aws_apigatewayv2 as apigateway
from constructs import Construct

from infra.model_context import ModelContext
from infra.platform_exports import imported

_TIMEOUT_MS = 20_000


def add_container_routes(scope: Construct, *, context: ModelContext) -> str:
    """Routes requests with a token, and tests with a signature of AWS; returns the route key.

    The load balancer knows the model, and what is asked of it, by the path.
    """
    integration = apigateway.CfnIntegration(
        scope,
        "Answer",
        api_id=context.platform.http_api.api_id,
        integration_type="HTTP_PROXY",
        integration_method="ANY",
        integration_uri=imported("ServingListener"),
        connection_type="VPC_LINK",
        connection_id=imported("ServingLink"),
        payload_format_version="1.0",
        timeout_in_millis=_TIMEOUT_MS,
    )
    for name, path, authorization in (
        ("Route", context.scope.path, "JWT"),
        ("InferRoute", context.scope.infer_path, "JWT"),
        ("NextRoute", context.scope.next_path, "AWS_IAM"),
    ):
        apigateway.CfnRoute(
            scope,
            name,
            api_id=context.platform.http_api.api_id,
            route_key=f"POST {path}",
            target=f"integrations/{integration.ref}",
            authorization_type=authorization,
            authorizer_id=imported("AuthorizerId") if authorization == "JWT" else None,
        )
    return f"POST {context.scope.path}"
