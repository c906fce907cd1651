"""Requests that write rows in real time: bodies and refusals."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from keepfit.errors import InvalidRequest, NotFound, Transient
from keepfit.serving.responses.http_response import JSON, response
from keepfit.serving.responses.problem import problem

_STATUS: Final = {"event_id_used": 409, "too_many_rows": 413}
_RETRY_AFTER_S: Final = "1"
Body = TypeVar("Body")


def answered(write: Callable[[], tuple[int, msgspec.Struct]], *, unknown: str) -> dict[str, Any]:
    """The response to a request: the status and the answer of ``write``, or why nothing was written.

    A 4xx says what to change, and 503 that nothing was written. ``unknown`` is the code where there is nothing of that
    name to write to.
    """
    try:
        status, answer = write()
    except NotFound as error:
        return problem(404, unknown, str(error))
    except InvalidRequest as error:
        return problem(_STATUS.get(error.code, 400), error.code, str(error), error.details)
    except Transient as error:
        message = f"nothing was written: {error}; send the same again"
        return problem(503, "not_written", message, headers={"retry-after": _RETRY_AFTER_S})
    return response(status, JSON, msgspec.json.encode(answer).decode())


def read_body(event: Mapping[str, Any], kind: type[Body], *, example: str) -> Body:
    """The body of a request as ``kind``. Raises InvalidRequest, with the ``example``, where it is none."""
    sent = event.get("body") or ""
    try:
        return msgspec.json.decode(b64decode(sent) if event.get("isBase64Encoded") else sent, type=kind)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise InvalidRequest(
            f"the body cannot be read: {error}; send {example}", code="invalid_json"
        ) from error
