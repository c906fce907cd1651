"""Servers of the same model, each a process or several, and what CPU time they take."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from tests.bench.turns import ROOT, WayFailed

_PATIENCE_S = 90
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server: its ``port`` and the process that it began with."""

    name: str
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Of the process and all that it started, the system's share included."""
        return sum(map(_cpu_seconds, _with_children(self.pid)))

    def resident_bytes(self) -> int:
        return sum(map(_resident_bytes, _with_children(self.pid)))


@contextmanager
def keepfit(folder: Path) -> Iterator[Server]:
    """`keepfit serve` of the package in ``folder``, whose log lines go nowhere."""
    port = _free_port()
    run = "from cli.app import main; main()"
    command = [sys.executable, "-c", run, "serve", str(folder), "--port", str(port), "--log", os.devnull]
    with _running("keepfit", command, folder, port, "/v2/health/ready") as server:
        yield server


@contextmanager
def fastapi(folder: Path, python: Path) -> Iterator[Server]:
    """FastAPI behind the server that keepfit has, without a log of requests."""
    port = _free_port()
    command = [str(python), "-m", "uvicorn", "tests.bench.serving.with_fastapi:app", "--port", str(port)]
    command += ["--http", "httptools", "--loop", "uvloop", "--no-access-log", "--log-level", "warning"]
    with _running("FastAPI", command, folder, port, "/") as server:
        yield server


@contextmanager
def mlserver(folder: Path, python: Path) -> Iterator[Server]:
    """MLServer with the model in the process that answers, which costs the least, and without metrics."""
    port = _free_port()
    settings = {
        "host": "127.0.0.1",
        "http_port": port,
        "grpc_port": _free_port(),
        "metrics_endpoint": None,
        "parallel_workers": 0,
        "debug": False,
    }
    model = {"name": "flight_delay", "implementation": "tests.bench.serving.with_mlserver.Flights"}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(model))
    command = [str(python.parent / "mlserver"), "start", str(folder)]
    with _running("MLServer", command, folder, port, "/v2/models/flight_delay/ready") as server:
        yield server


@contextmanager
def bentoml(folder: Path, python: Path) -> Iterator[Server]:
    """BentoML with one worker, without metrics and without a log of requests."""
    port = _free_port()
    command = [str(python.parent / "bentoml"), "serve", "tests.bench.serving.with_bentoml:Flights"]
    with _running("BentoML", [*command, "--port", str(port)], folder, port, "/readyz") as server:
        yield server


@contextmanager
def _running(name: str, command: Sequence[str], folder: Path, port: int, ready: str) -> Iterator[Server]:
    # Where BentoML keeps what it makes, and nobody is told of this.
    own = {"BENTOML_HOME": str(folder / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"}
    environment = {**os.environ, **own, "BENCH_FOLDER": str(folder), "PYTHONPATH": str(ROOT)}
    log = folder / f"{name}.log"
    with log.open("wb") as told:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=told, stderr=told)
    try:
        _await(name, process, port, ready, log)
        yield Server(name=name, port=port, pid=process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(name: str, process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status < 500:
                return
        except OSError:
            pass  # it does not listen yet
        finally:
            connection.close()
        time.sleep(0.1)
    raise WayFailed(f"{name} does not answer: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _with_children(pid: int) -> list[int]:
    below: Mapping[int, list[int]] = {pid: []}
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            found += [*below.get(each, []), *map(int, task.read_text().split())]
    return found


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
