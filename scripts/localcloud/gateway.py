"""The gateway in front of the emulator: access control and readiness.

Clients cannot claim to have come over TLS, and the emulator's own administration is closed: whoever may reach the
port must not be able to reset it or read its mail without credentials.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from localcloud.overlay import activity

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HEALTH = "/_ministack/health"
# CloudFormation's custom resources and wait conditions answer here, with a token in the path.
_INNER_PATHS = (HEALTH, "/_ministack/cfn-response/", "/_ministack/cfn-signal/")
_CLOSED_PREFIXES = ("/_ministack/", "/_localstack/", "/v4/", "/latest/meta-data")


class Gateway:
    """The ASGI application in front of the emulator.

    Args:
        emulator: the ASGI application.
        started: called once the emulator has read its state, before any request is served.
    """

    def __init__(self, emulator: Application, started: Callable[[], None]) -> None:
        self._emulator = emulator
        self._started = started
        self._requests = 0
        # Set whenever no request is under way.
        self.idle = asyncio.Event()
        self.idle.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection's event stream."""
        if scope["type"] == "lifespan":
            await self._emulator(scope, receive, self._after_startup(send))
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["path"].startswith(_CLOSED_PREFIXES) and not scope["path"].startswith(_INNER_PATHS):
            await _not_found(send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["headers"] = [
            each for each in scope["headers"] if not each[0].lower().startswith(b"x-forwarded-")
        ]
        self._requests += 1
        self.idle.clear()
        activity.touch()
        try:
            await self._emulator(scope, receive, send)
        finally:
            activity.touch()
            self._requests -= 1
            if not self._requests:
                self.idle.set()

    def _after_startup(self, send: Send) -> Send:
        async def send_after(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._started()
            await send(message)

        return send_after


async def _not_found(send: Send) -> None:
    await send(
        {"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"application/json")]}
    )
    await send({"type": "http.response.body", "body": b'{"message": "Not Found"}'})
