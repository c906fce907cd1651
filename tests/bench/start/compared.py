"""From nothing to the first answer: keepfit's released package, and other handlers for the same model."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Any

import boto3
import sklearn

from bundling.handler import predict_handler
from bundling.layers import third_party_layer
from bundling.targets import Target
from keepfit.features.schema.signature import Signature, to_json
from keepfit.serving.release.package import pack
from tests.bench.figures import Comparison
from tests.bench.request_path import SIGNATURE, Handlers, instances
from tests.bench.turns import ROOT, Disagreement, WayFailed

KEEPFIT, SOURCES, BOTO3, POWERTOOLS, PANDAS = (
    "keepfit", "without bytecode", "and boto3", "and Powertools", "pandas and scikit-learn",
)  # fmt: skip
_ONCE = Path(__file__).with_name("once.py")
# The pipeline adds in float64, the exported model in float32.
_TOLERANCE = 1e-4

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A handler, by its module and all that its process sees beside the standard library."""

    name: str
    module: str
    paths: Sequence[Path]


def compared(*, rounds: int) -> list[Comparison]:
    """One table; a new process per way and round, in turns, after one that only fills the system's caches."""
    with tempfile.TemporaryDirectory() as folder:
        starts = _made(Path(folder))
        event = event_of_one_row()
        _agree({start.name: once(start, Path(folder), event) for start in starts})
        found: dict[str, list[Figures]] = {start.name: [] for start in starts}
        for _ in range(rounds):
            for start in starts:
                found[start.name].append(once(start, Path(folder), event))
    middle = {name: {figure: _middle(some, figure) for figure in some[0]} for name, some in found.items()}
    rows = [
        {
            "way": name,
            "cpu_seconds": one["cpu_seconds"],
            "wall_seconds": one["wall_seconds"],
            "resident_bytes": one["peak_bytes"],
            f"times {KEEPFIT}": one["cpu_seconds"] / middle[KEEPFIT]["cpu_seconds"],
        }
        for name, one in middle.items()
    ]
    notes = [
        f"medians of {rounds} new processes each, from the interpreter's start to the first answer",
        "keepfit: the package of a release and its layer, unpacked, nothing else in sight",
        "without bytecode: the package is compiled at each start, as where nothing can be written",
        "and boto3, and Powertools: the same with that imported; Powertools routes, logs and counts as well",
    ]
    return [Comparison(title="Cold start to the first answer", rows=rows, notes=notes)]


def _middle(some: Sequence[Figures], figure: str) -> Any:
    known = [one[figure] for one in some if one[figure] is not None]
    return median(known) if known else None


def _made(folder: Path) -> list[Start]:
    """What each way imports, below ``folder``; also the pickled pipeline."""
    handlers = Handlers(lambda _lines: None)
    (folder / "pipeline.pickle").write_bytes(pickle.dumps(handlers.pipeline))
    keepfit, ways = released(folder, SIGNATURE, handlers.model), Path(__file__).parent
    powertools = _layer("powertools", folder)
    task, *layers = keepfit.paths
    sources = shutil.copytree(task, folder / "sources", ignore=shutil.ignore_patterns("__pycache__"))
    return [
        keepfit,
        Start(name=SOURCES, module=keepfit.module, paths=[sources, *layers]),
        Start(name=BOTO3, module="with_boto3", paths=[ways, *keepfit.paths, _site_of(boto3)]),
        Start(
            name=POWERTOOLS,
            module="with_powertools",
            paths=[ways, keepfit.paths[0], powertools, *keepfit.paths[1:]],
        ),
        Start(name=PANDAS, module="with_pandas", paths=[ways, _site_of(sklearn)]),
    ]


def handler_package() -> bytes:
    """The package of a release without its model."""
    return (
        ROOT / "build" / Target.LOCAL / predict_handler(ROOT, Target.LOCAL, sys.executable).path
    ).read_bytes()


def release_of(handler: bytes, signature: Signature, model: bytes) -> bytes:
    """The package of a release."""
    return pack(
        handler,
        {
            "model.onnx": model,
            "signature.json": to_json(signature),
            "release.json": b'{"model":"flight_delay","version":3}',
        },
    )


def released(folder: Path, signature: Signature, model: bytes) -> Start:
    """The package of a release and its layer, unpacked below ``folder``."""
    folder.mkdir(exist_ok=True)
    (folder / "package.zip").write_bytes(release_of(handler_package(), signature, model))
    task = _unpacked(folder / "package.zip", folder / "task")
    return Start(name=KEEPFIT, module="handler", paths=[task, _layer("inference", folder)])


def event_of_one_row() -> dict[str, Any]:
    path = "/models/flight_delay/predict"
    http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": ""}
    return {
        "version": "2.0",
        "routeKey": f"POST {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": http, "stage": "$default"},
        "body": json.dumps({"instances": instances(1)}),
        "isBase64Encoded": False,
    }


def _layer(name: str, folder: Path) -> Path:
    bundle = third_party_layer(ROOT, name, Target.LOCAL, sys.executable)
    return _unpacked(ROOT / "build" / Target.LOCAL / bundle.path, folder / name) / "python"


def _unpacked(archive: Path, into: Path) -> Path:
    with zipfile.ZipFile(archive) as package:
        package.extractall(into)
    return into


def _site_of(package: Any) -> Path:
    return Path(package.__file__).parents[1]


def once(
    start: Start,
    folder: Path,
    event: Mapping[str, Any],
    environment: Mapping[str, str] = MappingProxyType({}),
    requests: int = 0,
) -> Figures:
    """One start, with what the function sees of the environment, and so many ``requests`` after it."""
    told = {
        "module": start.module,
        "paths": [str(path) for path in start.paths],
        "event": event,
        "requests": requests,
    }
    # As on Lambda: code cannot be written to, so what comes without bytecode is compiled each time; one thread.
    seen = {
        "PATH": os.defpath,
        "OMP_NUM_THREADS": "1",
        "BENCH_PIPELINE": str(folder / "pipeline.pickle"),
        **environment,
    }
    command = [sys.executable, "-I", "-S", "-B", str(_ONCE)]
    done = subprocess.run(
        [*command, json.dumps({**told, "began": time.monotonic()})],
        env=seen,
        stdout=subprocess.PIPE,
        check=False,
    )
    with suppress(ValueError):
        found: Figures = json.loads(done.stdout)
        return found
    raise WayFailed(f"{start.name} ended with exit code {done.returncode}; its reason is above")


def _agree(answers: Mapping[str, Figures]) -> None:
    expected = answers[KEEPFIT]["probability"]
    for name, answer in answers.items():
        if abs(answer["probability"] - expected) > _TOLERANCE:
            raise Disagreement(f"probability: {answer['probability']} by {name}, {expected} by {KEEPFIT}")
