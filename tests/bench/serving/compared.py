"""Measures servers of the same model beside one another: `scripts/bench serving`.

Each server is asked by eight connections for a while, in turns; what counts is how many answers a second of its CPU
gives, that of all its processes, the system's share included. The best turn counts, of latencies too: the connections
ask from the same cores, where other things may be done too. keepfit writes its log lines, to /dev/null; its peers write
none.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np

from keepfit.features.schema.signature import to_json
from tests.bench.figures import Comparison
from tests.bench.request_path import CATEGORIES, SIGNATURE, WEATHER, Handlers, instances
from tests.bench.serving import servers
from tests.bench.serving.forms import probabilities, rows_as_json, tensors_as_bytes, tensors_as_json
from tests.bench.serving.load import Load, load
from tests.bench.serving.servers import Server
from tests.bench.turns import Disagreement

CONNECTIONS = 8
KEEPFIT, KEEPFIT_TENSORS, KEEPFIT_BINARY = "keepfit", "keepfit, V2 JSON", "keepfit, V2 binary"
FASTAPI, MLSERVER, BENTOML = "FastAPI + onnxruntime", "MLServer, V2 JSON", "BentoML"
_PREDICT, _INFER = "/models/flight_delay/predict", "/v2/models/flight_delay/infer"
_ALIKE = 1e-6
Request = Callable[[Sequence[Mapping[str, Any]]], bytes]


@dataclass(slots=True)
class Way:
    """A form of request to a server, and what its turns took."""

    server: Server
    request: Request
    per_cpu_second: float = 0.0
    p50: float = float("inf")
    p99: float = float("inf")

    def turn(self, request: bytes, seconds: float) -> None:
        before = self.server.cpu_seconds()
        found = load(self.server.port, request, connections=CONNECTIONS, seconds=seconds)
        self.add(found, self.server.cpu_seconds() - before)

    def add(self, found: Load, cpu_seconds: float) -> None:
        took = np.array(found.latencies) * 1000
        self.per_cpu_second = max(self.per_cpu_second, len(took) / max(cpu_seconds, 0.01))
        self.p50 = min(self.p50, float(np.percentile(took, 50)))
        self.p99 = min(self.p99, float(np.percentile(took, 99)))


def compared(*, fastapi: Path | None, others: Path | None, rounds: int, seconds: float) -> list[Comparison]:
    """A table for each number of rows in a request; ``fastapi`` and ``others`` are the Pythons of peers."""
    with tempfile.TemporaryDirectory() as made, ExitStack() as running:
        folder = Path(made)
        _write_package(folder)
        ways = _started(folder, fastapi, others, running)
        return [_compared(ways, count, rounds, seconds) for count in (1, 1000)]


def _started(folder: Path, fastapi: Path | None, others: Path | None, running: ExitStack) -> dict[str, Way]:
    ours = running.enter_context(servers.keepfit(folder))
    ways = {
        KEEPFIT: Way(ours, lambda rows: rows_as_json(_PREDICT, rows)),
        KEEPFIT_TENSORS: Way(ours, lambda rows: tensors_as_json(_INFER, rows)),
        KEEPFIT_BINARY: Way(ours, lambda rows: tensors_as_bytes(_INFER, rows)),
    }
    if fastapi:
        server = running.enter_context(servers.fastapi(folder, fastapi))
        ways[FASTAPI] = Way(server, lambda rows: rows_as_json("/predict", rows))
    if others:
        server = running.enter_context(servers.mlserver(folder, others))
        ways[MLSERVER] = Way(server, lambda rows: tensors_as_json(_INFER, rows))
        server = running.enter_context(servers.bentoml(folder, others))
        ways[BENTOML] = Way(server, lambda rows: rows_as_json("/predict", rows))
    return ways


def _compared(started: Mapping[str, Way], count: int, rounds: int, seconds: float) -> Comparison:
    rows = instances(count)
    ways = {name: Way(way.server, way.request) for name, way in started.items()}
    requests = {name: way.request(rows) for name, way in ways.items()}
    _agree({name: _answer(way.server.port, requests[name]) for name, way in ways.items()})
    for _ in range(rounds):
        for name, way in ways.items():
            way.turn(requests[name], seconds)
    ours = ways[KEEPFIT].per_cpu_second
    table = [
        {
            "way": name,
            "per_cpu_second": way.per_cpu_second,
            "times fewer": ours / way.per_cpu_second,
            "p50 ms": way.p50,
            "p99 ms": way.p99,
            "resident_bytes": float(way.server.resident_bytes()),
        }
        for name, way in ways.items()
    ]
    title = f"{count} row{'s' if count > 1 else ''} a request, {CONNECTIONS} connections"
    return Comparison(title=title, rows=table, notes=[f"the best of {rounds} turns of {seconds:g} s each"])


def _answer(port: int, request: bytes) -> list[float]:
    """The probabilities of the answer to a whole request."""
    head, _, body = request.partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", line.split()[1], body, dict(each.split(": ", 1) for each in lines))
        answer = connection.getresponse()
        told = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise Disagreement(f"{line}: {answer.status} {told[:500]!r}")
    return probabilities(told, {name.lower(): value for name, value in answer.getheaders()})


def _agree(answers: Mapping[str, list[float]]) -> None:
    """Raises Disagreement where servers answer the same rows otherwise."""
    expected = answers[KEEPFIT]
    for name, found in answers.items():
        if len(found) != len(expected) or not np.allclose(found, expected, rtol=0, atol=_ALIKE):
            raise Disagreement(f"{name} answers {found[:3]}, {KEEPFIT} {expected[:3]}")


def _write_package(folder: Path) -> None:
    handlers = Handlers(lambda _lines: None)
    (folder / "model.onnx").write_bytes(handlers.model)
    (folder / "signature.json").write_bytes(to_json(SIGNATURE))
    (folder / "release.json").write_text(json.dumps({"model": "flight_delay", "version": 3}))
    columns = {"categories": CATEGORIES, "numbers": ["distance", *WEATHER]}
    (folder / "columns.json").write_text(json.dumps(columns))
