"""A task serves the release that its variables name, and no other bytes."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from keepfit import variables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.api_routes import LAMBDA_VERSION
from keepfit.errors import TamperedArtifact
from keepfit.runtime import serve_release
from keepfit.serving.release.package import lambda_sha256, pack
from tests.unit.serving.asgi.conftest import Server
from tests.unit.serving.support.small_model import INSTANCE

NEXT = "/models/flight_delay/next/predict"
PREDICT = "/models/flight_delay/predict"
ROWS = json.dumps({"instances": [INSTANCE]}).encode()


def token(*groups: str) -> str:
    """An authorization as API Gateway passes it on once it has verified the token."""
    claims = {"sub": "shipping", **({"cognito:groups": list(groups)} if groups else {})}
    parts = (json.dumps(part).encode() for part in ({"alg": "RS256"}, claims, {}))
    return "Bearer " + ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.fixture
def release(package: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A package in the bucket, and the variables that a task has for it."""
    empty = b"PK\x05\x06" + bytes(18)
    body = pack(empty, {path.name: path.read_bytes() for path in package.iterdir()})
    monkeypatch.setattr(S3Artifacts, "get", lambda _store, _key: body)
    for name, value in {
        variables.ARTIFACTS_BUCKET: "artifacts",
        variables.PACKAGE: "releases/flight_delay/7.zip",
        variables.PACKAGE_SHA256: lambda_sha256(body),
        variables.RELEASE: "12",
        variables.PORT: "0",
    }.items():
        monkeypatch.setenv(name, value)
    # Which the release sets, and the next test must not find.
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "")
    return body


def test_a_package_with_another_digest_is_not_unpacked(
    release: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(variables.PACKAGE_SHA256, "another")
    with pytest.raises(TamperedArtifact, match="the release that is to serve has another"):
        serve_release.serve_release()
    with pytest.raises(TamperedArtifact):
        serve_release.unpack_release(release, "another", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_release_says_who_it_is_on_the_route_of_tests_alone(
    release: bytes, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports: list[int] = []
    ready = threading.Event()
    listen = serve_release.listen

    def listening(host: str, port: int) -> object:
        made = listen("127.0.0.1", port)
        ports.append(made.getsockname()[1])
        ready.set()
        return made

    servers: list[object] = []
    made_by = serve_release.serve.__globals__["server_of"]

    def noting(*asked: object, **named: object) -> object:
        servers.append(made_by(*asked, **named))
        return servers[-1]

    monkeypatch.setattr(serve_release, "listen", listening)
    monkeypatch.setitem(serve_release.serve.__globals__, "server_of", noting)
    monkeypatch.setitem(serve_release.serve.__globals__, "_ending_quietly", _no_signals)
    thread = threading.Thread(target=serve_release.serve_release)
    thread.start()
    try:
        assert ready.wait(20)
        server = Server(port=ports[0])
        tested = server.ask("POST", NEXT, ROWS)
        asked = server.ask("POST", PREDICT, ROWS, authorization=token())
        assert (tested.status, tested.headers[LAMBDA_VERSION]) == (200, "12")
        assert (asked.status, LAMBDA_VERSION in asked.headers) == (200, False)
        stranger = server.ask("POST", PREDICT, ROWS)
        other = server.ask("POST", PREDICT, ROWS, authorization=token("scope/infer", "model/price"))
        assert (stranger.status, other.status) == (401, 403)
        assert "may not reach the model flight_delay" in other.body.decode()
        busy = token("scope/infer", "model/*", "rate/0.001")
        assert [server.ask("POST", PREDICT, ROWS, authorization=busy).status for _ in range(2)] == [200, 429]
    finally:
        servers[0].should_exit = True  # type: ignore[attr-defined]
        thread.join(20)


def test_who_serves_a_folder_has_no_route_of_tests(server: Server) -> None:
    assert server.ask("POST", NEXT, ROWS).status == 404


class _no_signals:  # noqa: N801  a context manager, which is written like a function
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
