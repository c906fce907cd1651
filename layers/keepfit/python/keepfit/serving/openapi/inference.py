"""The Open Inference Protocol V2 in an OpenAPI document: schemas of tensors, and routes of metadata."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from keepfit.api_routes import MODEL_ROUTES, VERSION_PATH
from keepfit.features.schema.signature import Signature
from keepfit.serving.openapi.instances import example_instance
from keepfit.serving.protocols.open_inference.metadata import input_of

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


def example_request(signature: Signature) -> dict[str, Any] | None:
    """A request of one instance that the model takes; None where it takes pictures."""
    columns, values = signature.instance_columns, example_instance(signature)
    if any(column.type == "image" for column in columns):
        return None
    inputs = []
    for tensor in map(input_of, columns):
        value = values[tensor["name"]]
        shape = [1, *tensor["shape"][1:]]
        inputs.append({**tensor, "shape": shape, "data": value if isinstance(value, list) else [value]})
    return {"inputs": inputs}


def metadata_paths(models: Sequence[str], told: dict[str, Any]) -> dict[str, Any]:
    """Routes of metadata, readiness and inferences by version.

    Args:
        models: the names of those that are deployed.
        told: the other responses of all routes.
    """
    paths: dict[str, Any] = {
        path: {
            "get": {
                "operationId": f"describe_{name}",
                "summary": _SUMMARIES[name],
                "tags": ["server"],
                **_parameters(path, models),
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
    return {**paths, VERSION_PATH: {"post": _by_version(models, told)}}


def _by_version(models: Sequence[str], told: dict[str, Any]) -> dict[str, Any]:
    problem = {"$ref": "#/components/schemas/Problem"}
    return {
        "operationId": "infer_by_version",
        "summary": "Predicts by one version of a model, whatever serves.",
        "tags": ["server"],
        **_parameters(VERSION_PATH, models),
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


def _parameters(path: str, models: Sequence[str]) -> dict[str, Any]:
    named: dict[str, Any] = {"enum": [*models]} if models else {}
    schemas: dict[str, dict[str, Any]] = {"model": named, "version": {"pattern": "^[0-9]+$"}}
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", **schemas[name]}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    return {"parameters": found} if found else {}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
