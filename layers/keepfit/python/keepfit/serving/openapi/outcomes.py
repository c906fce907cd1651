"""The route by which outcomes of a model's predictions are reported, as OpenAPI describes it."""

from __future__ import annotations

from typing import Any, Final

from keepfit.layout import ModelScope
from keepfit.serving.openapi.row_problems import ROW_PROBLEMS

_MAX_ROWS: Final = 500
OUTCOME_SCHEMAS: Final[dict[str, Any]] = {
    "Reported": {
        "type": "object",
        "description": "Outcomes that were taken, and up to 20 problems of those that were refused.",
        "properties": {
            "model": {"type": "string"},
            "event_id": {"type": "string"},
            "accepted": {"type": "integer"},
            "refused": ROW_PROBLEMS,
        },
        "required": ["model", "event_id", "accepted", "refused"],
    }
}
_REFUSED: Final = {
    "403": "The client may not report outcomes.",
    "409": "The event reported other outcomes before.",
}


def outcome_paths(
    name: str, answered: dict[str, Any], prediction: dict[str, Any], responses: dict[str, Any]
) -> dict[str, Any]:
    """The path of the route.

    Args:
        name: of the model.
        answered: an answer of it, as JSON.
        prediction: the schema of one of its predictions, which an outcome has too.
        responses: what every route may answer beside what was asked for.
    """
    told = {"prediction_id": answered["prediction_ids"][0], "outcome": answered["predictions"][0]}
    content = {"schema": _request(prediction), "example": {"outcomes": [told]}}
    route = {
        "operationId": f"report_{name}",
        "summary": "Reports what came true of predictions, by their ids.",
        "tags": [name],
        "requestBody": {
            "required": True,
            "content": {"application/json": content},
        },
        "responses": {
            "202": {
                "description": "They are kept, and count with the next version of their dataset.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Reported"}}},
            },
            **responses,
            **{
                status: {"description": why, "content": responses["400"]["content"]}
                for status, why in _REFUSED.items()
            },
        },
    }
    return {ModelScope(name).outcomes_path: {"post": route}}


def _request(prediction: dict[str, Any]) -> dict[str, Any]:
    """The schema of a request's body."""
    outcome = {
        "type": "object",
        "properties": {
            "prediction_id": {"type": "string", "minLength": 1},
            "outcome": prediction,
            "known_at": {
                "type": "string",
                "format": "date-time",
                "description": "when it was known; now by default",
            },
        },
        "required": ["prediction_id", "outcome"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "outcomes": {"type": "array", "items": outcome, "minItems": 1, "maxItems": _MAX_ROWS},
            "event_id": {
                "type": "string",
                "pattern": "^[A-Za-z0-9_.:-]{1,128}$",
                "description": "the name of the event, which counts once; by default the outcomes' content",
            },
        },
        "required": ["outcomes"],
        "additionalProperties": False,
    }
