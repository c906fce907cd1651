"""Refusals as responses: the problem details of RFC 9457, of one shape for every route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from keepfit.serving.responses.http_response import response

MEDIA_TYPE: Final = "application/problem+json"
_NO_HEADERS: Mapping[str, str] = {}
_MAX_TOLD_LENGTH = 300


def problem(
    status: int,
    code: str,
    detail: str,
    errors: Sequence[tuple[int, str, str]] = (),
    headers: Mapping[str, str] = _NO_HEADERS,
) -> dict[str, Any]:
    """An API Gateway response that says what is wrong, and of which rows and fields.

    Args:
        status: of HTTP, from which the title comes.
        code: what a program tells problems apart by.
        detail: what it is, why, and what to do next.
        errors: (row, field, message), rows from 0.
        headers: beside the media type.
    """
    body = msgspec.json.encode(document(status, code, detail, errors)).decode()
    return response(status, {"content-type": MEDIA_TYPE, **headers}, body)


def document(
    status: int, code: str, detail: str, errors: Sequence[tuple[int, str, str]] = ()
) -> dict[str, Any]:
    """The body of such a response."""
    from http import HTTPStatus  # noqa: PLC0415  for requests to refuse, not before the first answer

    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _told(detail),
        "code": code,
        "errors": [{"row": row, "field": _told(field), "message": message} for row, field, message in errors],
    }


def _told(text: str) -> str:
    """A shortened name for a message: clients send names of any length, maybe not Unicode."""
    short = text if len(text) <= _MAX_TOLD_LENGTH else f"{text[:_MAX_TOLD_LENGTH]}…"
    return short.encode(errors="replace").decode()
