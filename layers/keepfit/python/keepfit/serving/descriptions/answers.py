"""Answers about the server and its models: metadata, readiness, and the documents of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, Protocol

import msgspec

from keepfit import VERSION
from keepfit.api_routes import DOCS_PATH, INFER_PATH, MODEL_ROUTES, OPENAPI_PATH
from keepfit.errors import NotFound, Transient
from keepfit.serving.openapi.document import openapi
from keepfit.serving.protocols.open_inference.metadata import is_ready, model_metadata, server_metadata
from keepfit.serving.protocols.open_inference.refusals import as_refusal
from keepfit.serving.repository.ports import DescribedModel
from keepfit.serving.responses.http_response import HTML, JSON, response
from keepfit.serving.responses.problem import problem

_RETRY_AFTER_S: Final = "1"
_Path = Mapping[str, str]


class ModelRepository(Protocol):
    """The models that answer here."""

    def model(self, name: str) -> DescribedModel:
        """The model of this name. Raises NotFound, with those that are there."""
        ...

    def models(self) -> Sequence[DescribedModel]:
        """Every model, in the order of their names."""
        ...


class Descriptions:
    """Answers the routes that describe the models of a repository."""

    def __init__(self, repository: ModelRepository) -> None:
        self._repository = repository
        self._answers: Mapping[str, Callable[[_Path], dict[str, Any]]] = {
            MODEL_ROUTES["server"]: lambda _path: _told(server_metadata(VERSION)),
            MODEL_ROUTES["live"]: lambda _path: _told({"live": True}),
            MODEL_ROUTES["ready"]: self._server_readiness,
            MODEL_ROUTES["model"]: self._metadata,
            MODEL_ROUTES["model_ready"]: self._readiness,
            MODEL_ROUTES["version"]: self._metadata,
            MODEL_ROUTES["version_ready"]: self._readiness,
            INFER_PATH: self._not_there,
            OPENAPI_PATH: lambda _path: _told(openapi(repository.models())),
        }

    def respond(self, route: str, path: _Path, url: str) -> dict[str, Any]:
        """The response: 404 where a thing is not there, 503 where it is not ready.

        Args:
            route: the template of the path, one of ``api_routes``.
            path: its parameters.
            url: where the API was asked, without the path.
        """
        if route == DOCS_PATH:
            return refused_or(partial(self._docs, url))
        return refused_or(partial(self._answers[route], path))

    def _docs(self, url: str) -> dict[str, Any]:
        from keepfit.serving.openapi.page import docs_page  # noqa: PLC0415  for people, who wait for nothing else

        return response(200, HTML, docs_page(openapi(self._repository.models()), url))

    def _metadata(self, path: _Path) -> dict[str, Any]:
        return _told(model_metadata(self._repository.model(path["model"]), version_of(path)))

    def _readiness(self, path: _Path) -> dict[str, Any]:
        ready = is_ready(self._repository.model(path["model"]), version_of(path))
        return _told({"name": path["model"], "ready": ready}, 200 if ready else 503)

    def _server_readiness(self, _path: _Path) -> dict[str, Any]:
        """Ready once what is there can be read, whatever is released."""
        self._repository.models()
        return _told({"ready": True})

    def _not_there(self, path: _Path) -> dict[str, Any]:
        """Of a model that is deployed its own route would have been taken."""
        raise NotFound(f"{self._repository.model(path['model']).name} is being deployed; try again")


def refused_or(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer, or 404 where a thing is not there, and 503 where what is read does not answer."""
    try:
        return answer()
    except NotFound as error:
        return as_refusal(problem(404, "not_found", str(error)))
    except Transient as error:
        headers = {"retry-after": _RETRY_AFTER_S}
        return as_refusal(problem(503, "unavailable", f"{error}; try again", headers=headers))


def version_of(path: _Path) -> int | None:
    """The version that a path names, if any. Raises NotFound for what is no number."""
    named = path.get("version")
    if named is None:
        return None
    if not named.isascii() or not named.isdecimal():
        raise NotFound(f"{named[:40]!r} is no version: versions are whole numbers from 1")
    return int(named)


def _told(document: dict[str, Any], status: int = 200) -> dict[str, Any]:
    return response(status, JSON, msgspec.json.encode(document).decode())
