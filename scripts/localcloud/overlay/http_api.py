"""HTTP APIs: Cognito tokens verify over TLS, and a failing function answers as on AWS.

The stock emulator fetches Cognito's keys over plain HTTP, so that with TLS every token is refused, and answers 502
with the function's error where an HTTP API answers 500 and tells nothing.
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable
from typing import Any

from ministack.services import apigateway, lambda_svc

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import wrap

_PLAIN = "http://"
_in_http_api: contextvars.ContextVar[bool] = contextvars.ContextVar("in_http_api", default=False)


def install(cloud: CloudContext) -> None:
    """Fix the key address, and hide function errors."""
    wrap(
        apigateway,
        "_resolve_jwks_url",
        lambda resolve: _over_tls(resolve, cloud),
        params="authorizer",
        contains=('f"http://{_HOST}:{_PORT}/',),
    )
    wrap(
        apigateway,
        "_invoke_lambda_proxy",
        _as_http_api,
        contains=("lambda_svc.lambda_execute_result_to_api_proxy_response(result)",),
    )
    wrap(lambda_svc, "lambda_execute_result_to_api_proxy_response", _telling_nothing, params="exec_result")


def _over_tls(resolve: Callable[..., Any], cloud: CloudContext) -> Callable[..., Any]:
    async def resolve_jwks_url(authorizer: dict[str, Any]) -> str | None:
        url: str | None = await resolve(authorizer)
        inner = f"{_PLAIN}{apigateway._HOST}:{apigateway._PORT}/"
        if url is not None and url.startswith(inner):
            return f"{cloud.inner_url}/{url.removeprefix(inner)}"
        return url

    return resolve_jwks_url


def _as_http_api(invoke: Callable[..., Any]) -> Callable[..., Any]:
    async def invoke_lambda_proxy(*args: Any, **kwargs: Any) -> Any:
        _in_http_api.set(True)
        return await invoke(*args, **kwargs)

    return invoke_lambda_proxy


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
