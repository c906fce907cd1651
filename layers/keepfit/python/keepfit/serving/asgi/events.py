"""HTTP requests as the events of API Gateway (HTTP API, payload 2.0), and responses to those as bytes."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

Headers = Sequence[tuple[bytes, bytes]]
_PLAIN: Final = ("", "identity")


def event_of(route: str, headers: Headers, body: bytes) -> dict[str, Any]:
    """The event of a request to ``route``; a body that is packed or no text is passed in base64."""
    named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    if len(named) != len(headers):
        named = _joined(headers)
    encoded = "content-encoding" in named and named["content-encoding"].strip().lower() not in _PLAIN
    text = ""
    if not encoded:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            encoded = True
    return {
        "routeKey": route,
        "headers": named,
        "body": b64encode(body).decode() if encoded else text,
        "isBase64Encoded": encoded,
    }


def body_of_response(response: Mapping[str, Any]) -> bytes:
    """The bytes that a response to an event stands for."""
    body: str = response["body"]
    return b64decode(body) if response["isBase64Encoded"] else body.encode()


def _joined(headers: Headers) -> dict[str, str]:
    """Headers that came several times as one, parted by commas."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return {name: ",".join(several) for name, several in values.items()}
