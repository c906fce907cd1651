"""Composition root of `describe_models`: answers what clients ask about the server and its models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keepfit.runtime.access import refused
from keepfit.runtime.deployed_models import DeployedModels
from keepfit.serving.access.token_claims import grant_in
from keepfit.serving.descriptions.answers import Descriptions


def respond(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response to an API Gateway event: 404 where a thing is not there, 503 where it is not ready.

    Clients that reach some models alone are told of no other.
    """
    _, _, route = event["routeKey"].partition(" ")
    path = event.get("pathParameters") or {}
    told = refused(event, route, path.get("model"))
    if told is not None:
        return told
    url = f"https://{event.get('requestContext', {}).get('domainName', '')}"
    return Descriptions(DeployedModels(grant_in(event))).respond(route, path, url)
