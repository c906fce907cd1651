"""A product of a proof's own: definitions, an embedded cloud, uploads and commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli.exits import CommandError
from cli.places.deployment import Deployment
from cli.places.place import at_cloud
from keepfit.training.runs.run import TrainingRun
from localcloud.cloud import Cloud
from proofs.rides.table import FIELDS, write_definitions, write_rides

_TIMEOUT_S, _POLL_S = 600.0, 1.0


class RidesProduct:
    """`keepfit` with definitions and an embedded cloud of its own, in ``folder``; ``name`` is the cloud's."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self._state, self._models = folder / "state", folder / "models"
        for each in (self._state, self._models):
            each.mkdir()
        write_definitions(self._models)
        self._environment: Mapping[str, str] = {}

    @contextmanager
    def cloud(self, **variables: str) -> Iterator[None]:
        """The cloud, deployed in an environment with ``variables``."""
        own = {"KEEPFIT_STATE": str(self._state), "KEEPFIT_MODELS": str(self._models)}
        self._environment = {**os.environ, **own, **variables}
        try:
            self.keepfit("local", "up", "--name", self.name)
            yield
        finally:
            Cloud(name=self.name, root=self._state).down()

    def upload(self, *, first: int, count: int) -> None:
        """Uploads rides, which starts a training of each model."""
        path = self.folder / f"rides-{first}.csv"
        write_rides(path, first=first, count=count)
        self.keepfit("upload", "rides", path, "--wait")

    def deployment(self) -> Deployment:
        """What is deployed; this process is led to it."""
        place = at_cloud(self.name, Cloud(name=self.name, root=self._state).endpoint())
        place.enter()
        return Deployment(place)

    def closed(self, model: str, number: int) -> TrainingRun:
        """The run of a model that was closed as the ``number``-th. Raises CommandError where there is none."""
        runs, end = self.deployment().runs(model), time.monotonic() + _TIMEOUT_S
        while time.monotonic() < end:
            closed = [run for run in runs.newest(number) if run.outcome is not None]
            if len(closed) == number:
                return closed[0]
            time.sleep(_POLL_S)
        raise CommandError(f"{model} has not ended {number} runs in {_TIMEOUT_S:.0f} s")

    def instances(self, count: int) -> list[dict[str, Any]]:
        """Rides that no model has seen, as clients send them."""
        path = self.folder / "asked.csv"
        write_rides(path, first=5000, count=count)
        lines = [line.split(",") for line in path.read_text().splitlines()[1:]]
        return [_instance(dict(zip(FIELDS, line, strict=False))) for line in lines]

    def keepfit(self, *words: str | Path) -> Any:
        """The document that a command prints. Raises CommandError where it fails."""
        keepfit = Path(sys.executable).with_name("keepfit")
        done = subprocess.run(
            [keepfit, *words, "--json"], env=self._environment, check=False, capture_output=True
        )
        if not done.stdout:
            raise CommandError(f"keepfit {words[0]}: {done.stderr.decode()[-2000:]}")
        document = json.loads(done.stdout)
        if isinstance(document, dict) and "error" in document:
            raise CommandError(f"keepfit {words[0]}: {document['error']['message']}")
        return document


def _instance(texts: dict[str, str]) -> dict[str, Any]:
    """A ride as a client sends it."""
    return {
        **texts,
        "distance": float(texts["distance"]),
        "passengers": int(texts["passengers"]) if texts["passengers"] else None,
        "weekend": texts["weekend"] == "True",
        "remark": texts["remark"] or None,
        "noise": float(texts["noise"]),
    }
