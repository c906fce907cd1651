"""What is no good request is refused or let go, and the server goes on."""

from __future__ import annotations

import json
import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from keepfit.serving.asgi import patient_protocol
from keepfit.serving.asgi.body import MAX_BYTES
from keepfit.serving.requests.predictor import Predictor
from tests.unit.serving.asgi.conftest import Server, running
from tests.unit.serving.support.small_model import INSTANCE

PATH = "/models/flight_delay/predict"
BODY = json.dumps({"instances": [INSTANCE]}).encode()
HEAD = f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(BODY)}\r\n\r\n".encode()


def answers(server: Server) -> bool:
    return server.ask("POST", PATH, BODY).status == 200


def read_to_end(connection: Any) -> bytes:
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", PATH, 405, "method_not_allowed"),
        ("DELETE", "/v2/models/flight_delay/infer", 405, "method_not_allowed"),
        ("POST", "/openapi.json", 405, "method_not_allowed"),
        ("POST", "/", 404, "not_found"),
        ("GET", "/models/flight_delay", 404, "not_found"),
        ("POST", "/models/other/predict", 404, "not_found"),
        ("POST", "/v2/models/other/infer", 404, "not_found"),
        ("POST", "/v2/models/flight_delay/versions/8/infer", 404, "not_found"),
        ("POST", "/v2/models/flight_delay/versions/07/infer", 404, "not_found"),
        ("POST", "/v2/models/flight_delay/versions/x/infer", 404, "not_found"),
        ("GET", "/v2/models/flight_delay/versions/8", 404, "not_found"),
        ("GET", "/v2/nothing", 404, "not_found"),
    ],
)
def test_a_wrong_route_or_method_is_a_problem_that_says_what_there_is(
    server: Server, method: str, path: str, status: int, code: str
) -> None:
    reply = server.ask(method, path, BODY if method == "POST" else None)
    told = json.loads(reply.body)
    assert (reply.status, told["status"], told["code"]) == (status, status, code)
    assert ("error" in told) == path.startswith("/v2")
    assert ("allow" in reply.headers) == (status == 405)
    assert told["detail"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/v2", {"name": "keepfit"}),
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        ("/v2/models/flight_delay", {"name": "flight_delay", "versions": ["7"]}),
        ("/v2/models/flight_delay/ready", {"ready": True}),
        ("/v2/models/flight_delay/versions/7", {"versions": ["7"]}),
        ("/v2/models/flight_delay/versions/7/ready", {"ready": True}),
        ("/openapi.json", {"openapi": "3.1.0"}),
    ],
)
def test_it_describes_itself(server: Server, path: str, told: dict[str, Any]) -> None:
    reply = server.ask("GET", path)
    document = json.loads(reply.body)
    assert reply.status == 200
    assert {**document, **told} == document


def test_its_page_of_documentation_says_where_it_was_asked(server: Server) -> None:
    reply = server.ask("GET", "/docs")
    assert reply.headers["content-type"].startswith("text/html")
    assert f"http://127.0.0.1:{server.port}{PATH}".encode() in reply.body


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused_and_the_connection_goes_on(
    server: Server, chunked: bool
) -> None:
    size = MAX_BYTES + 1
    with server.connect() as connection:
        head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\n"
        if chunked:
            piece = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
            connection.sendall(
                f"{head}transfer-encoding: chunked\r\n\r\n".encode() + piece * 7 + b"0\r\n\r\n"
            )
        else:
            connection.sendall(f"{head}content-length: {size}\r\n\r\n".encode() + b" " * size)
        close = HEAD.replace(b"host: x", b"host: x\r\nconnection: close")
        connection.sendall(close + BODY)
        first, _, rest = read_to_end(connection).partition(b'"errors":[]}')
    assert first.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"body_too_large"' in first
    assert rest.startswith(b"HTTP/1.1 200 ")


def test_two_requests_in_one_piece_are_answered_in_order(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(
            HEAD + BODY + b"GET /v2/health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        )
        told = read_to_end(connection)
    assert told.count(b"HTTP/1.1 200 OK") == 2
    assert told.index(b"prediction_ids") < told.index(b'{"live":true}')


@pytest.mark.parametrize("sent", [b"POST", HEAD[:40], HEAD, HEAD + BODY[:20]])
def test_a_client_that_leaves_in_the_middle_of_a_request_is_let_go(server: Server, sent: bytes) -> None:
    before = len(server.log)
    with server.connect() as connection:
        connection.sendall(sent)
    assert answers(server)
    assert len(server.log) == before + 1


def test_what_is_no_http_is_refused(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"hello\r\n\r\n")
        assert read_to_end(connection).startswith(b"HTTP/1.1 400 ")
    assert answers(server)


def test_a_head_without_end_is_refused(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        with suppress(BrokenPipeError, ConnectionResetError):  # it is closed with more on its way
            for _ in range(100):
                connection.sendall(b"x: " + b"y" * (patient_protocol.MAX_HEAD_BYTES // 8) + b"\r\n")
                time.sleep(0.001)
            raise AssertionError("it was read to no end")
    assert answers(server)


@pytest.mark.parametrize("sent", [HEAD[:40], HEAD + BODY[:20]])
def test_a_request_that_does_not_become_whole_in_time_is_ended(
    server: Server, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient_protocol, "REQUEST_S", 0.1)
    with server.connect() as connection:
        connection.sendall(sent)
        assert read_to_end(connection).startswith(b"HTTP/1.1 408 ")
    assert answers(server)


def test_a_model_that_fails_inside_is_answered_for_as_the_api_does(
    server: Server, package: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Predictor, "answer", lambda _self, _event: 1 / 0)
    with running(package) as failing, caplog.at_level(logging.ERROR):
        reply = failing.ask("POST", PATH, BODY)
    assert (reply.status, reply.body) == (500, b'{"message":"Internal Server Error"}')
    assert "ZeroDivisionError" in caplog.text
