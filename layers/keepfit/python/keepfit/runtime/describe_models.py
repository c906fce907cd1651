"""Composition root of `describe_models`: answers what clients ask about the server and its models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from keepfit import VERSION, variables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.errors import NotFound, Transient
from keepfit.layout import ANY_INFER_PATH, DOCS_PATH, MODEL_ROUTES, OPENAPI_PATH
from keepfit.runtime.deployed_models import deployed_models
from keepfit.runtime.settings import setting
from keepfit.serving.openapi.document import openapi
from keepfit.serving.openapi.page import docs_page
from keepfit.serving.protocols.open_inference.metadata import is_ready, model_metadata, server_metadata
from keepfit.serving.protocols.open_inference.refusals import as_refusal
from keepfit.serving.repository.deployed import DeployedModels
from keepfit.serving.requests.problem import problem

_JSON: Final = {"content-type": "application/json"}
_RETRY_AFTER_S: Final = "1"
_HTML: Final = {"content-type": "text/html; charset=utf-8"}
_Told = tuple[int, dict[str, Any]]


def respond(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response to an API Gateway event: 404 where a thing is not there, 503 where it is not ready."""
    store = S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET))
    models = DeployedModels(find=deployed_models, store=store)
    _, _, path = event["routeKey"].partition(" ")
    try:
        if path == DOCS_PATH:
            return _response(200, _HTML, docs_page(openapi(models), _url(event)).encode())
        status, body = _ANSWERS[path](models, event.get("pathParameters") or {})
    except NotFound as error:
        return as_refusal(problem(404, "not_found", str(error)))
    except Transient as error:
        headers = {"retry-after": _RETRY_AFTER_S}
        return as_refusal(problem(503, "unavailable", f"{error}; try again", headers=headers))
    return _response(status, _JSON, msgspec.json.encode(body))


def _response(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    return {"statusCode": status, "headers": headers, "body": body.decode(), "isBase64Encoded": False}


def _url(event: Mapping[str, Any]) -> str:
    """Where the API was asked, without the path."""
    return f"https://{event.get('requestContext', {}).get('domainName', '')}"


def version_of(path: Mapping[str, str]) -> int | None:
    """The version that a path names, if any. Raises NotFound for what is no number."""
    named = path.get("version")
    if named is None:
        return None
    if not named.isascii() or not named.isdecimal():
        raise NotFound(f"{named[:40]!r} is no version: versions are whole numbers from 1")
    return int(named)


def _metadata(models: DeployedModels, path: Mapping[str, str]) -> _Told:
    return 200, model_metadata(models, path["model"], version_of(path))


def _readiness(models: DeployedModels, path: Mapping[str, str]) -> _Told:
    ready = is_ready(models, path["model"], version_of(path))
    return 200 if ready else 503, {"name": path["model"], "ready": ready}


def _server_readiness(models: DeployedModels, _path: Mapping[str, str]) -> _Told:
    """Ready once the registry can be read, whatever is released."""
    models.names()
    return 200, {"ready": True}


def _not_there(models: DeployedModels, path: Mapping[str, str]) -> _Told:
    """Of a model that is deployed the model's own route would have been taken."""
    raise NotFound(
        f"no model {path['model']!r} is deployed; those that are: {', '.join(models.names()) or 'none'}"
    )


_ANSWERS: Final[Mapping[str, Callable[[DeployedModels, Mapping[str, str]], _Told]]] = {
    MODEL_ROUTES["server"]: lambda _models, _path: (200, server_metadata(VERSION)),
    MODEL_ROUTES["live"]: lambda _models, _path: (200, {"live": True}),
    MODEL_ROUTES["ready"]: _server_readiness,
    MODEL_ROUTES["model"]: _metadata,
    MODEL_ROUTES["model_ready"]: _readiness,
    MODEL_ROUTES["version"]: _metadata,
    MODEL_ROUTES["version_ready"]: _readiness,
    ANY_INFER_PATH: _not_there,
    OPENAPI_PATH: lambda models, _path: (200, openapi(models)),
}
