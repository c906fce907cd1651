"""A webhook on this machine, by HTTPS, that keeps what is posted and may misbehave."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from localcloud.tls import Certificates


@dataclass
class Webhook:
    """``statuses`` are answered first, one to a request, 0 for a connection that ends; then 200."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    says: str = "ok"
    url: str = ""


@contextmanager
def serving(certificates: Certificates) -> Iterator[Webhook]:
    """Serves a webhook at its ``url``, whose path is its secret."""
    webhook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status = webhook.statuses.pop(0) if webhook.statuses else 200
            webhook.paths.append(self.path)
            if status == 200:
                webhook.bodies.append(body)
            if status == 0:
                self.close_connection = True
                return
            sent = webhook.says.encode()
            self.send_response(status)
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    webhook.url = f"https://localhost:{server.server_port}/services/T0/B0/s3cret?x=1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield webhook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
