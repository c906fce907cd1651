"""All that a server answers without its predictor: what it describes, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from keepfit.api_routes import DOCS_PATH, INFER_PATH, INFERENCE, MODEL_ROUTES, OPENAPI_PATH, VERSION_PATH
from keepfit.errors import NotFound
from keepfit.serving.asgi.events import Headers
from keepfit.serving.descriptions.answers import Descriptions, refused_or, version_of
from keepfit.serving.protocols.open_inference.refusals import as_refusal
from keepfit.serving.repository.in_folder import OneModel, PackagedModel
from keepfit.serving.responses.problem import problem

_DESCRIBED: Final = (*MODEL_ROUTES.values(), OPENAPI_PATH, DOCS_PATH)
_INFERRED: Final = (INFER_PATH, VERSION_PATH)


class OtherRoutes:
    """Describes the model of a server, and refuses all else; ``known`` are paths to POST to."""

    def __init__(self, model: PackagedModel, known: Mapping[str, str]) -> None:
        self._known = known
        self._repository = OneModel(model)
        self._descriptions = Descriptions(self._repository)
        self._patterns = {route: _pattern(route) for route in (*_DESCRIBED, *_INFERRED)}

    def respond(self, method: str, path: str, headers: Headers) -> dict[str, Any]:
        """The response to a request that is no inference by this model."""
        route, named = self._matched(path)
        needed = "POST" if path in self._known or route in _INFERRED else "GET"
        if route is None and path not in self._known:
            detail = f"there is no route {path!r} here; {OPENAPI_PATH} names those that there are"
            return refusal_of(path, 404, "not_found", detail)
        if method != needed:
            detail = f"{path} takes {needed}, and not {method}"
            return refusal_of(path, 405, "method_not_allowed", detail, {"allow": needed})
        if route in _INFERRED:
            return refused_or(partial(self._elsewhere, named))
        return self._descriptions.respond(route or "", named, _url(headers))

    def _matched(self, path: str) -> tuple[str | None, dict[str, str]]:
        for route, pattern in self._patterns.items():
            if found := pattern.fullmatch(path):
                return route, found.groupdict()
        return None, {}

    def _elsewhere(self, named: Mapping[str, str]) -> dict[str, Any]:
        """Raises NotFound for another model, or another version of this one."""
        model = self._repository.model(named["model"])
        model.require(version_of(named) or 0)
        # The path of the version that is here, with zeros before its number.
        raise NotFound(f"the version is named without leading zeros: {version_of(named)}")


def refusal_of(
    path: str, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A problem as clients of the path's protocol read it."""
    refused = problem(status, code, detail, headers=headers or {})
    return as_refusal(refused) if path.startswith(f"{INFERENCE}/") else refused


def _pattern(route: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route))


def _url(headers: Headers) -> str:
    """Where the server was asked, as the request says."""
    host = next((value.decode("latin-1") for name, value in headers if name == b"host"), "")
    return f"http://{host}"
