"""Requests of clients that write, as API Gateway passes them on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Ask = Callable[..., tuple[int, Any]]
"""Of a body, and ``named`` and ``groups``, to the status and the body of the response."""


def asking(
    respond: Callable[..., dict[str, Any]], context: object, *, path: str, named: str, groups: str
) -> Ask:
    """Asks a function behind ``path``, whose one parameter it names in braces.

    Args:
        respond: its handler.
        context: of Lambda.
        path: such as "/features/{view}".
        named: the parameter's usual value.
        groups: those that the client is in, usually.
    """
    [parameter] = [part.strip("{}") for part in path.split("/") if part.startswith("{")]

    def asked(body: Any, *, named: str = named, groups: str = groups) -> tuple[int, Any]:
        event = {
            "rawPath": path.format(**{parameter: named}),
            "pathParameters": {parameter: named},
            "requestContext": {"authorizer": {"jwt": {"claims": {"cognito:groups": groups}}}},
            "body": body if isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": False,
        }
        response = respond(event, context)
        return response["statusCode"], json.loads(response["body"])

    return asked
