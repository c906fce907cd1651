"""Refusals as clients of the Open Inference Protocol look for them."""

from __future__ import annotations

from typing import Any

import msgspec

from keepfit.serving.responses.http_response import JSON


def as_refusal(response: dict[str, Any]) -> dict[str, Any]:
    """A problem as clients of the protocol read it: with ``error``, and as plain JSON."""
    told = msgspec.json.decode(response["body"])
    first = [f"row {e['row']}, {e['field']}: {e['message']}" for e in told["errors"][:3]]
    told["error"] = "; ".join([told["detail"], *first])
    headers = {**response["headers"], **JSON}
    return {**response, "headers": headers, "body": msgspec.json.encode(told).decode()}
