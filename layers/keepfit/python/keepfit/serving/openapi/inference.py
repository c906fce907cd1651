"""The Open Inference Protocol V2 in an OpenAPI document: schemas of tensors, and routes of metadata."""

from __future__ import annotations

import re
from typing import Any, Final

from keepfit.api_routes import MODEL_ROUTES, VERSION_PATH

_PARAMETERS: Final = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}
_TENSOR: Final = {
    "name": {"type": "string"},
    "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
    "datatype": {"type": "string"},
    "data": {"type": "array"},
    "parameters": _PARAMETERS,
}
INFERENCE_SCHEMAS: Final[dict[str, Any]] = {
    "InferenceRequest": {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "parameters": _PARAMETERS,
            "inputs": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": _TENSOR,
                    "required": ["name", "shape", "datatype"],
                },
            },
            "outputs": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "parameters": _PARAMETERS},
                    "required": ["name"],
                },
            },
        },
        "required": ["inputs"],
    },
    "InferenceResponse": {
        "type": "object",
        "properties": {
            "model_name": {"type": "string"},
            "model_version": {"type": "string"},
            "id": {"type": "string"},
            "outputs": {
                "type": "array",
                "items": {"type": "object", "properties": _TENSOR, "required": ["name", "shape", "datatype"]},
            },
        },
        "required": ["model_name", "model_version", "outputs"],
    },
}
_SUMMARIES: Final = {
    "server": "Names the server, its release and its extensions.",
    "live": "Says that the server is there.",
    "ready": "Says that it can answer.",
    "model": "Names the versions and the tensors of a model.",
    "model_ready": "Says whether a version of a model answers.",
    "version": "Names the tensors of a version.",
    "version_ready": "Says whether a version can be asked.",
}


def metadata_paths(told: dict[str, Any]) -> dict[str, Any]:
    """Routes of metadata, readiness and inferences by version; ``told`` are their other responses."""
    paths: dict[str, Any] = {
        path: {
            "get": {
                "operationId": f"describe_{name}",
                "summary": _SUMMARIES[name],
                "tags": ["server"],
                **_parameters(path),
                "responses": {
                    "200": _json("As the protocol has it.", {"type": "object"}),
                    **{status: told[status] for status in ("401", "429", "500")},
                    "403": _json("The client may not.", {"$ref": "#/components/schemas/Problem"}),
                    "404": _json("No such model or version.", {"$ref": "#/components/schemas/Problem"}),
                    "503": _json("Not yet.", {"type": "object"}),
                },
            }
        }
        for name, path in MODEL_ROUTES.items()
    }
    return {**paths, VERSION_PATH: {"post": _by_version(told)}}


def _by_version(told: dict[str, Any]) -> dict[str, Any]:
    problem = {"$ref": "#/components/schemas/Problem"}
    return {
        "operationId": "infer_by_version",
        "summary": "Predicts by one version of a model, whatever serves.",
        "tags": ["server"],
        **_parameters(VERSION_PATH),
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/InferenceRequest"}}},
        },
        "responses": {
            "200": _json("The answer.", {"$ref": "#/components/schemas/InferenceResponse"}),
            **{status: told[status] for status in ("401", "429", "500")},
            **{
                status: _json("It is refused.", problem)
                for status in ("400", "403", "404", "413", "415", "503")
            },
        },
    }


def _parameters(path: str) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", path)
    found = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    return {"parameters": found} if found else {}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
