"""A server of a release package, which answers over loopback from a thread of its own."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import pytest

from keepfit.runtime.serve import listen, server_of
from tests.unit.serving.support.small_model import model, signature


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    port: int
    log: list[bytes] = field(default_factory=list)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            if body is not None:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Reply(
                answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
            )
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    (folder / "model.onnx").write_bytes(model())
    (folder / "signature.json").write_bytes(signature())
    (folder / "release.json").write_text(json.dumps({"model": "flight_delay", "version": 7}))
    return folder


@pytest.fixture(scope="session")
def server(package: Path) -> Iterator[Server]:
    with running(package) as server:
        yield server


@contextmanager
def running(package: Path) -> Iterator[Server]:
    with listen("127.0.0.1", 0) as listener:
        found = Server(listener.getsockname()[1])
        uvicorn = server_of(package, found.log.append)
        thread = threading.Thread(target=uvicorn.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not uvicorn.started:
                assert thread.is_alive()
                time.sleep(0.005)
            yield found
        finally:
            uvicorn.should_exit = True
            thread.join()
