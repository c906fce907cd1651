"""One kept HTTP/1.1 connection, with TLS, for small requests and answers.

Importing http.client takes a fifth of a cold start, and each of its answers passes through a parser of e-mail.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

_MAX_ANSWER: Final = 32 * 2**20
_READ: Final = 65_536
# Where Linux keeps certificates by their digest, so that only the one that is needed is read.
_BY_DIGEST: Final = (
    "/etc/pki/ca-trust/extracted/pem/directory-hash",
    "/etc/ssl/certs",
)


class BrokenConnection(OSError):
    """The peer ended the connection, or answered what is not HTTP."""


class Connection:
    """A connection to one address, made with the first request and anew after a failure.

    Args:
        url: scheme, host and maybe port.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or ""
        self._tls = _context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        usual = self._port == (443 if self._tls else 80)
        self.authority = self.host if usual else f"{self.host}:{self._port}"
        self._socket: socket.socket | None = None

    def post(
        self, headers: Mapping[str, str], body: bytes, *, timeout_s: float, path: str = "/"
    ) -> tuple[int, bytes]:
        """Posts to a path; the status and body of the answer.

        A kept connection that the peer has closed meanwhile is replaced once.

        Raises:
            OSError: no answer within ``timeout_s`` of any step, or none that is HTTP.
        """
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        head = f"POST {path} HTTP/1.1\r\n{''.join(lines)}content-length: {len(body)}\r\n\r\n"
        request = head.encode() + body
        kept = self._socket is not None
        try:
            return self._exchanged(request, timeout_s)
        except BrokenConnection:
            if not kept:
                raise
            return self._exchanged(request, timeout_s)

    def close(self) -> None:
        """Closes the connection; the next request makes another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchanged(self, request: bytes, timeout_s: float) -> tuple[int, bytes]:
        try:
            connected = self._connected(timeout_s)
            connected.sendall(request)
            status, body, keeps = _answer(connected)
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            self.close()
            raise BrokenConnection(str(error) or type(error).__name__) from error
        except BaseException:
            self.close()
            raise
        if not keeps:
            self.close()
        return status, body

    def _connected(self, timeout_s: float) -> socket.socket:
        if self._socket is None:
            plain = socket.create_connection((self.host, self._port), timeout_s)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = self._tls.wrap_socket(plain, server_hostname=self.host) if self._tls else plain
        self._socket.settimeout(timeout_s)
        return self._socket


def _answer(connected: socket.socket) -> tuple[int, bytes, bool]:
    """Status and body of an answer, and whether the connection may be kept."""
    received = bytearray()
    while (end := received.find(b"\r\n\r\n")) < 0:
        _receive(connected, received)
    status_line, *lines = bytes(received[:end]).decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip().lower()
        for name, _, value in (line.partition(":") for line in lines)
    }
    try:
        status = int(status_line.split(" ", 2)[1])
        length = int(headers.get("content-length", "0"))
    except (ValueError, IndexError) as error:
        raise BrokenConnection(f"{status_line[:80]!r} begins no answer of HTTP") from error
    keeps = headers.get("connection", "keep-alive") != "close" and status_line.startswith("HTTP/1.1")
    del received[: end + 4]
    if headers.get("transfer-encoding", "identity") != "identity":
        return status, _chunks(connected, received), keeps
    while len(received) < length:
        _receive(connected, received)
    return status, bytes(received[:length]), keeps


def _chunks(connected: socket.socket, received: bytearray) -> bytes:
    body = bytearray()
    while True:
        while (end := received.find(b"\r\n")) < 0:
            _receive(connected, received)
        try:
            size = int(bytes(received[:end]).partition(b";")[0], 16)
        except ValueError as error:
            raise BrokenConnection("a chunk of the answer has no size") from error
        while len(received) < end + 2 + size + 2:
            _receive(connected, received)
        body += received[end + 2 : end + 2 + size]
        del received[: end + 2 + size + 2]
        if not size:
            return bytes(body)


def _receive(connected: socket.socket, received: bytearray) -> None:
    some = connected.recv(_READ)
    if not some:
        raise BrokenConnection("the peer closed the connection")
    received += some
    if len(received) > _MAX_ANSWER:
        raise OSError(f"the answer has more than {_MAX_ANSWER} bytes")


def _context() -> ssl.SSLContext:
    """Verifies peers by ``AWS_CA_BUNDLE``, as every SDK does, or by the system's certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bundle = os.environ.get("AWS_CA_BUNDLE")
    by_digest = next((folder for folder in _BY_DIGEST if os.path.isdir(folder)), None)  # noqa: PTH112  pathlib would be imported for it
    if bundle:
        context.load_verify_locations(cafile=bundle)
    elif by_digest:
        context.load_verify_locations(capath=by_digest)
    else:
        context.load_default_certs()
    return context
