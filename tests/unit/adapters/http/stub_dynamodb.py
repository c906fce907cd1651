"""A server on this machine that answers BatchGetItem by HTTP, and may misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Status and body for a request, or None to close the connection without an answer.
Answer = Callable[[dict[str, Any]], tuple[int, dict[str, Any]] | None]


@dataclass
class Stub:
    """``items`` by partition and sort key; ``answers`` are given first, one to a request."""

    items: dict[tuple[str, str], str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    chunked: bool = False
    url: str = ""

    def answer(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        self.requests.append(request)
        return self.answers.pop(0)(request) if self.answers else self.found(request)

    def found(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What DynamoDB would answer."""
        [(table, asked)] = request["RequestItems"].items()
        held = [
            {**key, "body": {"S": self.items[key["pk"]["S"], key["sk"]["S"]]}, "writes": {"N": "1"}}
            for key in asked["Keys"]
            if (key["pk"]["S"], key["sk"]["S"]) in self.items
        ]
        return 200, {"Responses": {table: held}, "UnprocessedKeys": {}}


@contextmanager
def serving(stub: Stub) -> Iterator[Stub]:
    """Serves it at ``stub.url``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            stub.connections.add(id(self.connection))
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            answer = stub.answer(body)
            if answer is None:
                self.close_connection = True
                return
            status, content = answer
            sent = json.dumps(content).encode()
            self.send_response(status)
            if stub.chunked:
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                half = len(sent) // 2
                for some in (sent[:half], sent[half:], b""):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(some), some))
            else:
                self.send_header("content-length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
