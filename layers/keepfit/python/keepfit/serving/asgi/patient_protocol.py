"""uvicorn's protocol of HTTP/1.1 with what it lacks: limits of a request's head and of its time."""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEAD_BYTES: Final = 64 * 1024
"""Roughly: of what came in pieces; one piece is read as it comes."""
REQUEST_S: Final = 30.0
"""Within which a request is here, head and body; API Gateway waits no longer for its answer."""


class PatientProtocol(HttpToolsProtocol):
    """Answers 431 to a head without end, and 408 to a request that is not whole in time.

    See ``uvicorn.Config.http``.     A connection on which nothing was ever asked ends like one that is kept alive.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_head = self._in_request = False
        self._head_bytes = 0
        self._deadline: TimerHandle | None = None
        self._idle: TimerHandle | None = None
        self._read_at = self.loop.time()

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begins to wait for a request."""
        super().connection_made(transport)
        self._idle = self.loop.call_later(self.timeout_keep_alive, self._end_if_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits for nothing any more."""
        self._whole()
        if self._idle is not None:
            self._idle.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on, and holds a request that is not whole to its limits."""
        self._read_at = self.loop.time()
        super().data_received(data)
        if self._in_request and not self.transport.is_closing():
            if self._deadline is None:
                self._deadline = self.loop.call_later(REQUEST_S, self._refuse, b"408 Request Timeout")
            if self._in_head:
                self._head_bytes += len(data)
                if self._head_bytes > MAX_HEAD_BYTES:
                    self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head = self._in_request = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._whole()
        super().on_message_complete()

    def _whole(self) -> None:
        """Nothing more of this request is waited for."""
        self._in_request = False
        self._head_bytes = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end_if_idle(self) -> None:
        """Ends a connection that was quiet for as long as one is kept.

        There is one timer for all of its time: to set and cancel one for each request would cost more.
        """
        quiet = self.loop.time() - self._read_at
        if self._is_answering() or quiet < self.timeout_keep_alive:
            self._idle = self.loop.call_later(max(1.0, self.timeout_keep_alive - quiet), self._end_if_idle)
        else:
            self.transport.close()

    def _is_answering(self) -> bool:
        """Whether an application of ASGI is at work on an answer."""
        cycle = self._newest_cycle()
        return cycle is not None and not cycle.response_complete

    def _newest_cycle(self) -> RequestResponseCycle | None:
        """None before the first, which uvicorn's own annotation leaves out."""
        return self.cycle

    def _refuse(self, status: bytes) -> None:
        """Ends the connection, with a reason where no answer has begun."""
        cycle = self._newest_cycle()
        if self._in_head or cycle is None or not cycle.response_started:
            self.transport.write(
                b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
        self.transport.close()
