"""Composition root of `describe_models`: answers what clients ask about the server and its models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keepfit.runtime.deployed_models import DeployedModels
from keepfit.serving.access.refusals import refusal
from keepfit.serving.access.token_claims import grant_in
from keepfit.serving.descriptions.answers import Descriptions


def respond(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response to an API Gateway event: 404 where a thing is not there, 503 where it is not ready.

    Clients that reach some models alone are told of no other.
    """
    _, _, route = event["routeKey"].partition(" ")
    path, grant = event.get("pathParameters") or {}, grant_in(event)
    refused = refusal(grant, route, path.get("model"))
    if refused is not None:
        return refused
    url = f"https://{event.get('requestContext', {}).get('domainName', '')}"
    return Descriptions(DeployedModels(grant)).respond(route, path, url)
