"""HTTP APIs: verifies Cognito tokens over TLS, and answers for failing functions as AWS does.

The stock emulator fetches Cognito's keys over plain HTTP, so that with TLS every token is refused, answers 502 with
the function's error where an HTTP API answers 500 and tells nothing, breaks over tokens whose parts are no objects,
lets every authorization that is no signature into routes of AWS_IAM, and reads packed bodies as text, which destroys
them.
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.core import responses
from ministack.core.arn import execute_api_arn
from ministack.services import apigateway, lambda_svc

from localcloud.overlay import service_access
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, wrap

_PLAIN = "http://"
_BY_SIGNATURE = "AWS_IAM"
_in_http_api: contextvars.ContextVar[bool] = contextvars.ContextVar("in_http_api", default=False)
_is_packed: contextvars.ContextVar[bool] = contextvars.ContextVar("is_packed", default=False)


def install(cloud: CloudContext) -> None:
    """Fixes the key address, and hides function errors."""
    wrap(
        apigateway,
        "_resolve_jwks_url",
        lambda resolve: _over_tls(resolve, cloud),
        params="authorizer",
        contains=('f"http://{_HOST}:{_PORT}/',),
    )
    wrap(
        apigateway,
        "_validate_jwt_authorizer",
        _refusing_what_is_no_token,
        params="route,authorizer,headers,query_params",
        contains=("json.loads(_b64url_decode(parts[0]))",),
    )
    expect(apigateway, "_jwt_unauthorized", params="message")
    expect(apigateway, "_jwt_forbidden", params="message")
    expect(app, "extract_access_key_id", params="headers,query_params")
    expect(apigateway, "route_authorization_type", params="api_id,stage,method,path")
    wrap(
        app,
        "_enforce_execute_api",
        _refusing_what_nobody_signed,
        params="api_id,stage,method,execute_path,headers,query_params,iam_action",
        contains=("Only an AWS_IAM method reads the caller's signature and policies.",),
    )
    expect(apigateway, "_extract_lambda_ref_from_integration_uri", params="uri")
    wrap(
        apigateway,
        "_invoke_lambda_proxy",
        _as_http_api,
        contains=("lambda_svc.lambda_execute_result_to_api_proxy_response(result)",),
    )
    wrap(apigateway, "_v2_request_body_is_text", _unless_packed, params="content_type")
    wrap(lambda_svc, "lambda_execute_result_to_api_proxy_response", _telling_nothing, params="exec_result")


def _over_tls(resolve: Callable[..., Any], cloud: CloudContext) -> Callable[..., Any]:
    async def resolve_jwks_url(authorizer: dict[str, Any]) -> str | None:
        url: str | None = await resolve(authorizer)
        inner = f"{_PLAIN}{apigateway._HOST}:{apigateway._PORT}/"
        if url is not None and url.startswith(inner):
            return f"{cloud.inner_url}/{url.removeprefix(inner)}"
        return url

    return resolve_jwks_url


def _refusing_what_is_no_token(validate: Callable[..., Any]) -> Callable[..., Any]:
    async def validate_jwt_authorizer(*asked: Any) -> Any:
        try:
            return await validate(*asked)
        except (AttributeError, TypeError, ValueError, OverflowError):
            return None, None, apigateway._jwt_unauthorized()

    return validate_jwt_authorizer


def _refusing_what_nobody_signed(enforce: Callable[..., Any]) -> Callable[..., Any]:
    """Refuses requests of AWS_IAM routes that name no key, which the emulator takes for its own."""

    def enforce_execute_api(
        api_id: str,
        stage: str,
        method: str,
        execute_path: str,
        headers: dict[str, str],
        query_params: dict[str, Any],
        **named: Any,
    ) -> Any:
        by_signature = (
            apigateway.route_authorization_type(api_id, stage, method, execute_path) == _BY_SIGNATURE
        )
        if by_signature and not app.extract_access_key_id(headers, query_params):
            return apigateway._jwt_forbidden()
        return enforce(api_id, stage, method, execute_path, headers, query_params, **named)

    return enforce_execute_api


def _as_http_api(invoke: Callable[..., Any]) -> Callable[..., Any]:
    async def invoke_lambda_proxy(
        integration: dict[str, Any], api_id: str, stage: str, *rest: Any, **named: Any
    ) -> Any:
        _in_http_api.set(True)
        # path, method and headers come first
        headers = {str(name).lower(): value for name, value in dict(rest[2]).items()} if len(rest) > 2 else {}
        _is_packed.set(headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"))
        route_key = rest[5] if len(rest) > 5 else "$default"
        if not _admitted(integration, api_id, stage, str(route_key)):
            answer = _answer(500, "Internal Server Error")
            return 500, answer["headers"], answer["body"].encode()
        return await invoke(integration, api_id, stage, *rest, **named)

    return invoke_lambda_proxy


def _unless_packed(is_text: Callable[..., bool]) -> Callable[..., bool]:
    """Passes a compressed body to the function in base64, whatever its type."""

    def body_is_text(content_type: str | None) -> bool:
        return not _is_packed.get() and is_text(content_type)

    return body_is_text


def _admitted(integration: dict[str, Any], api_id: str, stage: str, route_key: str) -> bool:
    """Whether the function's policy lets this API's route invoke it."""
    arn = apigateway._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
    if not arn.startswith("arn:"):
        arn = lambda_svc._func_arn(arn)
    if role := integration.get("credentialsArn"):
        allowed = service_access.role_allows(role, "lambda:InvokeFunction", arn)
    else:
        method, _, path = route_key.partition(" ")
        source = execute_api_arn(
            responses.get_region(), responses.get_account_id(), api_id, stage, method, path or "/"
        )
        allowed = service_access.function_admits(arn, "apigateway.amazonaws.com", source)
    if not allowed:
        service_access.report(
            f"The API {api_id} has no permission to invoke {arn} for the route {route_key!r}."
        )
    return allowed


def _telling_nothing(shape: Callable[..., Any]) -> Callable[..., Any]:
    def proxy_response(exec_result: dict[str, Any]) -> Any:
        if _in_http_api.get() and exec_result.get("throttle"):
            return _answer(503, "Service Unavailable"), None
        if _in_http_api.get() and exec_result.get("error"):
            return _answer(500, "Internal Server Error"), None
        return shape(exec_result)

    return proxy_response


def _answer(status: int, message: str) -> dict[str, Any]:
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps({"message": message})}
