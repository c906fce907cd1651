"""`keepfit serve`: from a folder and from a place, until a signal ends it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cli.exits import Exit
from cli.places.deployment import Deployment
from keepfit.runtime import serve as runtime
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.serving.support.exporting import register_version
from tests.unit.serving.support.small_model import INSTANCE, model, signature

BODY = json.dumps({"instances": [INSTANCE]}).encode()
PATH = "/models/flight_delay/predict"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(model())
    (folder / "signature.json").write_bytes(signature())
    (folder / "release.json").write_text(json.dumps({"model": "flight_delay", "version": 7}))
    return folder


@contextmanager
def serving(*words: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The process of the command, and the port that it says."""
    run = "from cli.app import main; main()"
    command = [sys.executable, "-c", run, "serve", *words, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr
            line = process.stderr.readline().decode()
            port = re.search(r":(\d+);", line)
            assert port, line
            yield process, int(port[1])
        finally:
            process.kill()


def test_what_has_begun_is_finished_before_a_signal_ends_it(package: Path, tmp_path: Path) -> None:
    log = tmp_path / "predictions.jsonl"
    with serving(str(package), "--log", str(log), "--json") as (process, port):
        with (
            closing(HTTPConnection("127.0.0.1", port, timeout=20)) as asked,
            socket.create_connection(("127.0.0.1", port), timeout=20) as begun,
        ):
            asked.request("POST", PATH, BODY)
            assert json.loads(asked.getresponse().read())["model_version"] == 7
            begun.sendall(f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(BODY)}\r\n\r\n".encode())
            begun.sendall(BODY[:30])
            asked.request("GET", "/v2/health/ready")  # answered after what was sent before it
            assert json.loads(asked.getresponse().read()) == {"ready": True}
            process.send_signal(signal.SIGTERM)
            _wait_until_nobody_listens(port)
            begun.sendall(BODY[30:])
            told = b"".join(iter(lambda: begun.recv(65536), b""))
        assert told.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"connection: close" in told
        shown, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert json.loads(shown) == {
        "model": "flight_delay",
        "version": 7,
        "url": f"http://127.0.0.1:{port}",
        "answered": 3,
    }
    assert [json.loads(line)["version"] for line in log.read_text().splitlines()] == [7, 7]


def _wait_until_nobody_listens(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=20).close()
        except ConnectionResetError:  # it was taken in as the last one
            continue
        except ConnectionRefusedError:
            return


def test_another_version_than_the_folder_holds_is_not_there(keepfit: Keepfit, package: Path) -> None:
    answer = keepfit("serve", str(package), "--version", "3")
    assert answer.exit_code == Exit.NOT_FOUND
    assert "holds version 7 of flight_delay, and not 3" in answer.stderr


def test_a_file_and_a_folder_without_a_package_are_no_source(
    keepfit: Keepfit, package: Path, tmp_path: Path
) -> None:
    assert "is no folder" in keepfit("serve", str(package / "model.onnx")).stderr
    assert "is no release package: it lacks model.onnx" in keepfit("serve", str(tmp_path)).stderr


def test_a_port_that_is_taken_is_told(keepfit: Keepfit, package: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = keepfit("serve", str(package), "--port", str(taken.getsockname()[1]))
    assert answer.exit_code == Exit.UNREACHABLE
    assert "choose another with --port" in answer.stderr


def test_a_deployed_model_is_served_from_the_files_of_its_version(
    keepfit: Keepfit, deployment: Deployment, stores: ModelStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    register_version(stores)
    served: list[str] = []

    def serve(folder: Path, *, listener: socket.socket, log: Path | None) -> int:
        served.extend(sorted(path.name for path in folder.iterdir()))
        return 0

    monkeypatch.setattr(runtime, "serve", serve)
    told = keepfit("serve", "delay", "--version", "1", "--port", "0", "--json").json
    assert (told["model"], told["version"]) == ("delay", 1)
    assert served == ["model.onnx", "release.json", "signature.json"]
    assert not {*os.environ} & {"KEEPFIT_ONLINE_TABLE"}
    assert "no version of delay is released yet" in keepfit("serve", "delay").stderr
