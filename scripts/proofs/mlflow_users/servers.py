"""MLflow's own servers on loopback: for tracking, and for an exported version."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from cli.checkout import ROOT

MLFLOW = ROOT / ".venv-mlflow" / "bin" / "mlflow"
PYTHON = MLFLOW.with_name("python")
_START_TIMEOUT_S = 120.0
# Without what a server does besides answering, and without a word to anybody else.
_ALONE = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}


class NotStarted(Exception):
    """A server of MLflow's that does not answer; the message ends with its log."""


@contextmanager
def tracking_server(folder: Path) -> Iterator[str]:
    """A tracking server that keeps all below ``folder``; gives its address."""
    folder.mkdir(exist_ok=True)
    words = ("server", "--backend-store-uri", f"sqlite:///{folder}/runs.sqlite", "--workers", "1")
    with _running((*words, "--artifacts-destination", str(folder / "files")), folder) as address:
        yield address


@contextmanager
def model_server(model: Path, folder: Path) -> Iterator[str]:
    """An exported version as MLflow serves it, in the environment that runs MLflow; gives its address."""
    with _running(
        ("models", "serve", "--env-manager", "local", "--model-uri", str(model)), folder
    ) as address:
        yield address


def post(url: str, document: Any) -> Any:
    """The decoded answer of a server of MLflow's."""
    request = Request(url, json.dumps(document).encode(), {"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request, timeout=60) as response:  # noqa: S310  on loopback
        return json.loads(response.read())


@contextmanager
def _running(words: tuple[str, ...], folder: Path) -> Iterator[str]:
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    path = f"{MLFLOW.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    log = folder / f"{words[0]}-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [MLFLOW, *words, "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env={
                **os.environ,
                "PATH": path,
                **_ALONE,
                "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/unused.sqlite",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _await(address, process, log)
            yield address
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _await(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < end:
        try:
            with urlopen(f"{address}/health", timeout=5):  # noqa: S310  on loopback
                return
        except (HTTPError, URLError, OSError):
            time.sleep(0.3)
    raise NotStarted(f"{address} did not start: {log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
