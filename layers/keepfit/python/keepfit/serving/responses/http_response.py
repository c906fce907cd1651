"""Responses as API Gateway takes them from a function (HTTP API, payload 2.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

JSON: Final[Mapping[str, str]] = {"content-type": "application/json"}
HTML: Final[Mapping[str, str]] = {"content-type": "text/html; charset=utf-8"}


def response(status: int, headers: Mapping[str, str], body: str, *, encoded: bool = False) -> dict[str, Any]:
    """A response; ``body`` is a text, or the base64 of bytes where it is ``encoded``."""
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": encoded}
