"""uvicorn's protocol of HTTP/1.1 with a short way for inferences, which most requests are."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from keepfit.serving.asgi.body import MAX_BYTES
from keepfit.serving.asgi.events import body_of_response
from keepfit.serving.asgi.patient_protocol import PatientProtocol


class ModelProtocol(PatientProtocol):
    """Answers an inference as soon as its body is whole, without scope, task and messages of ASGI.

    Those take longer than a small model. ``app`` is an ``application.ModelServer``, which names the paths that are
    answered so; all else, and what another request is still being answered before, goes the way of ASGI.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._route: str | None = None
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._ends = False

    def on_message_begin(self) -> None:
        """Without the scope that ASGI needs: most requests need none."""
        self._in_head = self._in_request = True
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_headers_complete(self) -> None:
        """Decides which way the request goes."""
        route = self.app.at_once.get(self.url)
        if route is None or not self._is_short():
            self._go_the_long_way()
            return
        self._in_head = False
        self._route, self._body, self._body_bytes = route, [], 0

    def on_body(self, body: bytes) -> None:
        """Keeps a part of the body, up to the limit."""
        if self._route is None:
            super().on_body(body)
            return
        self._body_bytes += len(body)
        if self._body_bytes <= MAX_BYTES:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Answers an inference."""
        route = self._route
        if route is None:
            super().on_message_complete()
            return
        self._whole()
        self._route = None
        if self._body_bytes > MAX_BYTES:
            answered = self.app.too_large(self.url.decode())
        else:
            body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
            answered = self.app.answered(route, self.headers, body)
        self._write(answered)

    def shutdown(self) -> None:
        """Ends the connection once what has begun is answered."""
        if self._route is None:
            super().shutdown()
        else:
            self._ends = True

    def pause_writing(self) -> None:
        """Reads nothing more from a client that does not read its answers."""
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        """Reads on."""
        super().resume_writing()
        self.flow.resume_reading()

    def _go_the_long_way(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.headers += headers
        self.url, self.expect_100_continue = url, expects
        super().on_headers_complete()

    def _is_short(self) -> bool:
        """Whether nothing speaks against it that only the way of ASGI deals with."""
        return not (
            self._is_answering()
            or self.expect_100_continue
            or self.parser.get_method() != b"POST"
            or self.parser.should_upgrade()
            or (self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency)
        )

    def _write(self, answered: dict[str, Any]) -> None:
        """Status line, headers and body in one piece."""
        body = body_of_response(answered)
        keeps = self.parser.should_keep_alive() and not self._ends
        head = [STATUS_LINE[answered["statusCode"]]]
        for name, value in self.server_state.default_headers:
            head += [name, b": ", value, b"\r\n"]
        told = "".join([f"{name}: {value}\r\n" for name, value in answered["headers"].items()])
        head += [told.encode("latin-1"), b"content-length: %d\r\n" % len(body)]
        head += [b"\r\n" if keeps else b"connection: close\r\n\r\n", body]
        self.transport.write(b"".join(head))
        self.server_state.total_requests += 1
        if not keeps:
            self.transport.close()
