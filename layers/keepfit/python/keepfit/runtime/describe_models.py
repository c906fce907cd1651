"""Composition root of `describe_models`: answers what clients ask about the server and its models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from keepfit import VERSION
from keepfit.api_routes import DOCS_PATH, INFER_PATH, MODEL_ROUTES, OPENAPI_PATH
from keepfit.errors import NotFound
from keepfit.runtime.deployed_models import deployed_model, deployed_models, refused_or, version_of
from keepfit.serving.openapi.document import openapi
from keepfit.serving.openapi.page import docs_page
from keepfit.serving.protocols.open_inference.metadata import is_ready, model_metadata, server_metadata
from keepfit.serving.responses.http_response import HTML, JSON, response

_Path = Mapping[str, str]


def respond(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response to an API Gateway event: 404 where a thing is not there, 503 where it is not ready."""
    _, _, path = event["routeKey"].partition(" ")
    if path == DOCS_PATH:
        return refused_or(lambda: response(200, HTML, docs_page(openapi(deployed_models()), _url(event))))
    return refused_or(partial(_ANSWERS[path], event.get("pathParameters") or {}))


def _url(event: Mapping[str, Any]) -> str:
    """Where the API was asked, without the path."""
    return f"https://{event.get('requestContext', {}).get('domainName', '')}"


def _told(document: dict[str, Any], status: int = 200) -> dict[str, Any]:
    return response(status, JSON, msgspec.json.encode(document).decode())


def _metadata(path: _Path) -> dict[str, Any]:
    return _told(model_metadata(deployed_model(path["model"]), version_of(path)))


def _readiness(path: _Path) -> dict[str, Any]:
    ready = is_ready(deployed_model(path["model"]), version_of(path))
    return _told({"name": path["model"], "ready": ready}, 200 if ready else 503)


def _server_readiness(_path: _Path) -> dict[str, Any]:
    """Ready once what is deployed can be read, whatever is released."""
    deployed_models()
    return _told({"ready": True})


def _not_there(path: _Path) -> dict[str, Any]:
    """Of a model that is deployed its own route would have been taken."""
    raise NotFound(f"{deployed_model(path['model']).name} is being deployed; try again")


_ANSWERS: Final[Mapping[str, Callable[[_Path], dict[str, Any]]]] = {
    MODEL_ROUTES["server"]: lambda _path: _told(server_metadata(VERSION)),
    MODEL_ROUTES["live"]: lambda _path: _told({"live": True}),
    MODEL_ROUTES["ready"]: _server_readiness,
    MODEL_ROUTES["model"]: _metadata,
    MODEL_ROUTES["model_ready"]: _readiness,
    MODEL_ROUTES["version"]: _metadata,
    MODEL_ROUTES["version_ready"]: _readiness,
    INFER_PATH: _not_there,
    OPENAPI_PATH: lambda _path: _told(openapi(deployed_models())),
}
