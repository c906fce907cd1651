"""Events of API Gateway by who asks, and what they are answered."""

from __future__ import annotations

import json
from typing import Any


def asked_by(groups: str | list[str] | None, **event: Any) -> dict[str, Any]:
    """An event whose token names these groups; none where they are None."""
    claims = {"sub": "5f0c"} if groups is None else {"sub": "5f0c", "cognito:groups": groups}
    return {**event, "requestContext": {"authorizer": {"jwt": {"claims": claims, "scopes": None}}}}


def problem_of(response: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
    """The status and the body of a response that there is."""
    assert response is not None
    return response["statusCode"], json.loads(response["body"])
