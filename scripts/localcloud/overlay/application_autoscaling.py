"""Application Auto Scaling: keeps the number of a service's tasks within registered bounds.

The stock emulator has no such service. Policies are accepted, and scale nothing: a laptop has no load that more
processes on the same cores would take.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from ministack import app
from ministack.core import iam_actions, responses
from ministack.services import ecs

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, wrap
from localcloud.overlay.resource_arns import wrap_resource_arns

SERVICE = "application-autoscaling"
_ACTION = f"{SERVICE}:RegisterScalableTarget"
_REGISTER = "AnyScaleFrontendService.RegisterScalableTarget"


def install(cloud: CloudContext) -> None:
    """Adds the one operation that keepfit asks for, with its resource and its conditions."""
    expect(ecs, "_update_service", params="data")
    expect(app, "SERVICE_HANDLERS")[SERVICE] = _handle
    expect(iam_actions, "SERVICE_TO_IAM_NAMESPACE")[SERVICE] = SERVICE
    wrap_resource_arns(_addressed)
    wrap(iam_actions, "request_tag_context", _with_namespace, params="service,iam_action,body,params")


def _addressed(extract: Callable[..., str]) -> Callable[..., str]:
    @wraps(extract)  # with its signature, which others look at
    def extract_addressed(service: str, *request: Any) -> str:
        if service != SERVICE:
            return extract(service, *request)
        return f"arn:aws:{SERVICE}:{request[-2]}:{request[-1]}:scalable-target/0ec5"

    return extract_addressed


def _with_namespace(stock: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(stock)  # with its signature, which others look at
    def condition_keys(service: str, iam_action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        keys: dict[str, Any] = stock(service, iam_action, body, params)
        if iam_action != _ACTION:
            return keys
        asked = json.loads(body or b"{}")
        return keys | {
            f"{SERVICE}:service-namespace": str(asked.get("ServiceNamespace")),
            f"{SERVICE}:scalable-dimension": str(asked.get("ScalableDimension")),
        }

    return condition_keys


async def _handle(
    method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
) -> Any:
    asked = json.loads(body or b"{}")
    if headers.get("x-amz-target") != _REGISTER:
        return responses.error_response_json("ValidationException", "This is not implemented here.", 400)
    _, cluster, service = asked["ResourceId"].split("/")
    found = ecs._services.get(f"{cluster}/{service}")
    if found is None:
        return responses.error_response_json(
            "ValidationException", f"ECS service doesn't exist: {asked['ResourceId']}", 400
        )
    least, most = int(asked["MinCapacity"]), int(asked["MaxCapacity"])
    desired = min(max(found["desiredCount"], least), most)
    if desired != found["desiredCount"]:
        ecs._update_service({"cluster": cluster, "service": service, "desiredCount": desired})
    return responses.json_response({})
