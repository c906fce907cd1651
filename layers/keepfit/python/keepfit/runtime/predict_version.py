"""Composition root of `predict_version`: inferences by one version, whatever the alias points to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from keepfit.adapters.aws.lambda_releases import LambdaReleases
from keepfit.api_routes import VERSION_PATH
from keepfit.errors import InvalidOutput
from keepfit.layout import ModelScope
from keepfit.runtime.deployed_models import deployed_model
from keepfit.serving.access.grant import Grant
from keepfit.serving.access.refusals import refusal
from keepfit.serving.access.token_claims import grant_in
from keepfit.serving.descriptions.answers import refused_or, version_of


def respond(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response of the version that the path names, to the same body; 403 where the client may not ask.

    Raises:
        InvalidOutput: the version failed inside; API Gateway makes it a 500.
    """
    grant = grant_in(event)
    refused = refusal(grant, VERSION_PATH, event["pathParameters"]["model"])
    return refused or refused_or(partial(_answer, event, grant))


def _answer(event: Mapping[str, Any], grant: Grant | None) -> dict[str, Any]:
    path = event["pathParameters"]
    model = deployed_model(path["model"], grant)
    asked = {
        "routeKey": f"POST {ModelScope(model.name).infer_path}",
        "headers": event.get("headers"),
        "body": event.get("body"),
        "isBase64Encoded": event.get("isBase64Encoded"),
        # So that it meters the client, and says for whom it asked.
        "requestContext": event.get("requestContext", {}),
    }
    lambda_version = model.lambda_version(version_of(path) or 0)
    invocation = LambdaReleases(function=model.function).invoke(lambda_version, asked)
    if invocation.error is not None:
        raise InvalidOutput(f"version {path['version']} of {model.name} raised {invocation.error}")
    response: dict[str, Any] = json.loads(invocation.payload)
    return response
