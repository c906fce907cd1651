"""HTTP requests as the events of API Gateway (HTTP API, payload 2.0), and responses to those as bytes."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

Headers = Sequence[tuple[bytes, bytes]]
_PLAIN: Final = ("", "identity")


def event_of(route: str, headers: Headers, body: bytes, query: bytes = b"") -> dict[str, Any]:
    """The event of a request to ``route``; a body that is packed or no text is passed in base64.

    ``query`` is what follows the path, without its question mark.
    """
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
    event = {
        "routeKey": route,
        "headers": named,
        "body": b64encode(body).decode() if encoded else text,
        "isBase64Encoded": encoded,
    }
    if query:
        event["queryStringParameters"] = _parameters(query)
    return event


def body_of_response(response: Mapping[str, Any]) -> bytes:
    """The bytes that a response to an event stands for."""
    body: str = response["body"]
    return b64decode(body) if response["isBase64Encoded"] else body.encode()


def _parameters(query: bytes) -> dict[str, str]:
    return _by_name(parse_qsl(query.decode("latin-1"), keep_blank_values=True))


def _joined(headers: Headers) -> dict[str, str]:
    return _by_name((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What came several times as one, parted by commas."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: ",".join(several) for name, several in values.items()}
