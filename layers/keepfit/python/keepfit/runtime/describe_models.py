"""Composition root of `describe_models`: answers what clients ask about the server and its models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keepfit.runtime.deployed_models import DeployedModels
from keepfit.serving.descriptions.answers import Descriptions


def respond(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response to an API Gateway event: 404 where a thing is not there, 503 where it is not ready."""
    _, _, route = event["routeKey"].partition(" ")
    url = f"https://{event.get('requestContext', {}).get('domainName', '')}"
    return Descriptions(DeployedModels()).respond(route, event.get("pathParameters") or {}, url)
