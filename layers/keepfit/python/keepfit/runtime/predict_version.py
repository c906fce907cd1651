"""Composition root of `predict_version`: inferences by one version, whatever the alias points to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from keepfit.adapters.aws.lambda_releases import LambdaReleases
from keepfit.errors import InvalidOutput, NotFound, Transient
from keepfit.layout import ModelScope
from keepfit.runtime.deployed_models import deployed_models
from keepfit.runtime.describe_models import version_of
from keepfit.serving.protocols.open_inference.refusals import as_refusal
from keepfit.serving.repository.deployed import DeployedModels
from keepfit.serving.requests.problem import problem

_RETRY_AFTER_S: Final = "1"


def respond(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response of the version that the path names, to the same body.

    Raises:
        InvalidOutput: the version failed inside; API Gateway makes it a 500.
    """
    path = event["pathParameters"]
    models = DeployedModels(find=deployed_models)
    try:
        function, lambda_version = models.qualified_function(path["model"], version_of(path) or 0)
        asked = {
            "routeKey": f"POST {ModelScope(path['model']).infer_path}",
            "headers": event.get("headers"),
            "body": event.get("body"),
            "isBase64Encoded": event.get("isBase64Encoded"),
        }
        invocation = LambdaReleases(function=function).invoke(lambda_version, asked)
    except NotFound as error:
        return as_refusal(problem(404, "not_found", str(error)))
    except Transient as error:
        headers = {"retry-after": _RETRY_AFTER_S}
        return as_refusal(problem(503, "unavailable", f"{error}; try again", headers=headers))
    if invocation.error is not None:
        raise InvalidOutput(f"version {path['version']} of {path['model']} raised {invocation.error}")
    response: dict[str, Any] = json.loads(invocation.payload)
    return response
