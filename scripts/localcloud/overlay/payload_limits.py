"""AWS's limits on payloads, which the stock emulator lacks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.core import responses
from ministack.services import apigateway, lambda_svc

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import wrap
from localcloud.worker_runtime import MAX_RESPONSE_BYTES

# Bytes: of a synchronous and of an asynchronous invocation, and of a request to an HTTP API.
MAX_REQUEST_BYTES = MAX_RESPONSE_BYTES
MAX_EVENT_BYTES = 1024 * 1024
MAX_API_BYTES = 10 * 1024 * 1024


def install(cloud: CloudContext) -> None:
    """Refuses oversized payloads; responses are measured in the worker."""
    wrap(lambda_svc, "handle_request", _limited, params="method,path,headers,body,query_params")
    wrap(
        apigateway,
        "handle_execute",
        _limited_api,
        params="api_id,stage,path,method,headers,body,query_params,raw_query_string",
    )


def _limited(handle: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any
    ) -> Any:
        if path.endswith("/invocations"):
            event = headers.get("x-amz-invocation-type") == "Event"
            limit = MAX_EVENT_BYTES if event else MAX_REQUEST_BYTES
            if len(body) > limit:
                message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
                return responses.error_response_json("RequestTooLargeException", message, 413)
        return await handle(method, path, headers, body, query_params)

    return handle_request


def _limited_api(execute: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_execute(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(each, bytes) and len(each) > MAX_API_BYTES for each in args):
            return (
                413,
                {"Content-Type": "application/json"},
                json.dumps({"message": "Request Too Long"}).encode(),
            )
        return await execute(*args, **kwargs)

    return handle_execute
