"""The OpenAPI 3.1 document of an API: of each released model its routes, instances and answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from keepfit import VERSION
from keepfit.api_routes import MODEL_ROUTES
from keepfit.features.schema.signature import Signature
from keepfit.layout import ModelScope
from keepfit.serving.openapi.inference import INFERENCE_SCHEMAS, example_request, metadata_paths
from keepfit.serving.openapi.instances import example_instance, instance_schema
from keepfit.serving.openapi.outcomes import OUTCOME_SCHEMAS, outcome_paths
from keepfit.serving.openapi.row_problems import ROW_PROBLEMS
from keepfit.serving.repository.ports import DescribedModel
from keepfit.tasks.answers import MAX_EXPLAINED, AnswerExplanation, example

_REFERENCES: Final = "#/components/schemas/{name}"
_PROBLEM: Final = {
    "type": "object",
    "description": "Problem details, RFC 9457.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "error": {"type": "string"},
        "errors": ROW_PROBLEMS,
    },
    "required": ["type", "title", "status", "detail", "code", "errors"],
}
_GATEWAY: Final = {
    "type": "object",
    "properties": {"message": {"type": ["string", "null"]}},
    "required": ["message"],
}
_REFUSED: Final = {
    "400": "The request cannot be understood, or its instances are not what the model takes.",
    "403": "The client lacks the scope, or may not reach the model.",
    "413": "The request is too large.",
    "415": "The body is encoded otherwise than gzip.",
    "503": "Nothing can answer now; retry-after says when to ask again.",
}
_BY_GATEWAY: Final = {
    "401": "No token, or one that is not good.",
    "404": "No such route.",
    "500": "The model failed.",
}


def openapi(models: Iterable[DescribedModel]) -> dict[str, Any]:
    """The document; models that are not released yet are not in it."""
    deployed = list(models)
    released = [
        (model, model.signature(serving[0].version)) for model in deployed if (serving := model.serving())
    ]
    paths: dict[str, Any] = metadata_paths([model.name for model in deployed], responses())
    schemas: dict[str, Any] = {"Problem": _PROBLEM, "GatewayMessage": _GATEWAY, **INFERENCE_SCHEMAS}
    for model, signature in released:
        name = model.name
        answered = example(signature.task, name, 1)
        kinds = [type(answered), AnswerExplanation]
        [reference, explained], components = msgspec.json.schema_components(kinds, ref_template=_REFERENCES)
        answer = components[type(answered).__name__]
        answer["properties"]["explanation"] = explained
        schemas |= {**components, f"{name}.Instance": instance_schema(signature)}
        paths |= _paths(name, signature, reference)
        if model.takes_outcomes:
            prediction = answer["properties"]["predictions"]["items"]
            schemas |= OUTCOME_SCHEMAS
            paths |= outcome_paths(name, msgspec.to_builtins(answered), prediction, responses())
    return {
        "openapi": "3.1.0",
        "info": {"title": "keepfit", "version": VERSION, "description": "Predictions of every model."},
        "servers": [{"url": "./"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def responses() -> dict[str, Any]:
    """What every route may answer beside what was asked for."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    message = {"application/json": {"schema": {"$ref": "#/components/schemas/GatewayMessage"}}}
    return {
        **{status: {"description": why, "content": problem} for status, why in _REFUSED.items()},
        **{status: {"description": why, "content": message} for status, why in _BY_GATEWAY.items()},
        "429": _too_many(),
    }


def _too_many() -> dict[str, Any]:
    """A refusal by the client's quota, or by the limit of all clients, which API Gateway holds."""
    problem, message = ({"$ref": f"#/components/schemas/{name}"} for name in ("Problem", "GatewayMessage"))
    return {
        "description": "Too many requests of this client, or of all clients.",
        "headers": {
            "retry-after": {
                "description": "seconds until this client may ask again",
                "schema": {"type": "integer"},
            }
        },
        "content": {
            "application/problem+json": {"schema": problem},
            "application/json": {"schema": {"anyOf": [problem, message]}},
        },
    }


def _paths(name: str, signature: Signature, answer: dict[str, Any]) -> dict[str, Any]:
    scope = ModelScope(name)
    row = {"$ref": f"#/components/schemas/{name}.Instance"}
    request = {
        "type": "object",
        "properties": {
            "instances": {"type": "array", "items": row, "minItems": 1, "maxItems": 10_000},
            "explain": {
                "type": "boolean",
                "default": False,
                "description": f"whether the answer has an explanation; of up to {MAX_EXPLAINED} instances",
            },
        },
        "required": ["instances"],
        "additionalProperties": False,
    }
    explain = {
        "name": "explain",
        "in": "query",
        "description": "true: as in JSON; the answer to CSV has a column for each contribution",
        "schema": {"type": "boolean"},
    }
    csv = {
        "schema": {
            "type": "string",
            "description": "a header with the names of fields, and a line for each row",
        }
    }
    predict = {
        "operationId": f"predict_{name}",
        "summary": f"Predicts {signature.label}, a row for each instance.",
        "tags": [name],
        "parameters": [explain],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": request,
                    "example": {"instances": [example_instance(signature)]},
                },
                "text/csv": csv,
            },
        },
        "responses": {
            "200": {
                "description": "The answer, of one element for each instance.",
                "content": {"application/json": {"schema": answer}, "text/csv": csv},
            },
            **responses(),
        },
    }
    return {scope.path: {"post": predict}, scope.infer_path: {"post": _infer(name, signature)}}


def _infer(name: str, signature: Signature) -> dict[str, Any]:
    return {
        "operationId": f"infer_{name}",
        "summary": f"Predicts {signature.label} by the Open Inference Protocol V2.",
        "description": f"The model's tensors are at {MODEL_ROUTES['model'].format(model=name)}.",
        "tags": [name],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/InferenceRequest"},
                    **({"example": asked} if (asked := example_request(signature)) else {}),
                },
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        },
        "responses": {
            "200": {
                "description": "The answer, a tensor for each output.",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/InferenceResponse"}},
                    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
                },
            },
            **of_tensors(responses()),
        },
    }


def of_tensors(told: dict[str, Any]) -> dict[str, Any]:
    """The same responses as clients of the Open Inference Protocol get them: refusals are plain JSON."""
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    plain = {status: {**each, "content": {"application/json": problem}} for status, each in told.items()}
    return {**told, **{status: plain[status] for status in _REFUSED}}
