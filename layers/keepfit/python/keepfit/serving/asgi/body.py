"""Reads the body of an ASGI request within the size that Lambda accepts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

MAX_BYTES: Final = 6 * 1024 * 1024
"""Of an event of a Lambda function."""


class ClientLeft(Exception):
    """The client closed the connection before its request was whole."""


class BodyTooLarge(Exception):
    """The body has more than ``MAX_BYTES``; what follows was not read."""


async def read_body(receive: Receive) -> bytes:
    """The whole body. Raises ClientLeft, BodyTooLarge."""
    message = await receive()
    if message["type"] != "http.request":
        raise ClientLeft
    body: bytes = message["body"]
    if message["more_body"] or len(body) > MAX_BYTES:
        body = await _rest(bytearray(body), message, receive)
    return body


async def _rest(read: bytearray, message: Message, receive: Receive) -> bytes:
    while len(read) <= MAX_BYTES:
        if not message["more_body"]:
            return bytes(read)
        message = await receive()
        if message["type"] != "http.request":
            raise ClientLeft
        read += message["body"]
    raise BodyTooLarge
