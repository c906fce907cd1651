"""A product that learns from rides: uploads, runs, and rides as clients send them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from cli.exits import CommandError
from keepfit.training.runs.run import TrainingRun
from proofs.own_product import OwnProduct
from proofs.rides.table import FIELDS, write_definitions, write_rides

_TIMEOUT_S, _POLL_S = 600.0, 1.0


class RidesProduct(OwnProduct):
    """An ``OwnProduct`` with the models of ``rides.table``."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder, name)
        write_definitions(self.models)

    def upload(self, *, first: int, count: int) -> None:
        """Uploads rides, which starts a training of each model."""
        path = self.folder / f"rides-{first}.csv"
        write_rides(path, first=first, count=count)
        self.keepfit("upload", "rides", path, "--wait")

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
