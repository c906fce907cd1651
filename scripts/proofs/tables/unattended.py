"""Runs `keepfit new` and `keepfit train` on a table, with no word of a person."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from cli.places.deployment import Deployment
from cli.places.place import at_cloud
from localcloud.cloud import Cloud
from proofs.tables.sources import Source

_CLOUD = "tables"
_TIMEOUT_S = 1800


class Stuck(Exception):
    """A table that does not become a served model; the message is what `keepfit` said."""


class Unattended:
    """`keepfit` with definitions and an embedded cloud of its own, in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.tables = folder / "tables"
        self._state, self.models = folder / "state", folder / "models"
        for each in (self.tables, self._state, self.models):
            each.mkdir()

    def draft(self, source: Source, file: Path) -> None:
        """Writes the definition of a table. Raises Stuck where there is none."""
        document = self._keepfit("new", source.name, file, "--label", source.label, *source.options)
        if "error" in document:
            raise Stuck(document["error"]["message"])

    def define(self, model: str, definition: str) -> None:
        """Writes a definition as a person would."""
        (self.models / f"{model}.toml").write_text(definition)

    def train(self, source: Source, file: Path) -> str:
        """The id of the run that made the model of a table that serves. Raises Stuck where none does."""
        return self.train_file(source.name, file)

    def train_file(self, model: str, file: Path) -> str:
        """The same of a model by its name."""
        document = self._keepfit(
            "train",
            model,
            file,
            "--wait",
            *("--timeout", str(_TIMEOUT_S)),
            *("--place", f"local:{_CLOUD}"),
        )
        if "error" in document:
            raise Stuck(document["error"]["message"])
        if document["outcome"] != "released":
            reasons = (document[name] for name in ("reason", "suppressed", "failure") if document[name])
            raise Stuck(next(reasons, f"the outcome is {document['outcome']}"))
        return str(document["run_id"])

    def simulated(self, model: str, *options: str) -> Any:
        """What `keepfit simulate` says of a model that serves."""
        return self._keepfit("simulate", model, *options, "--place", f"local:{_CLOUD}")

    def deployment(self) -> Deployment:
        """What is deployed to the cloud; this process's clients lead there from then on."""
        place = at_cloud(_CLOUD, self._cloud.endpoint())
        place.enter()
        return Deployment(place)

    def down(self) -> None:
        """Stops the cloud, if it ever came up."""
        self._cloud.down()

    @property
    def _cloud(self) -> Cloud:
        return Cloud(name=_CLOUD, root=self._state)

    def _keepfit(self, *words: str | Path) -> Any:
        own = {"KEEPFIT_STATE": str(self._state), "KEEPFIT_MODELS": str(self.models)}
        keepfit = Path(sys.executable).with_name("keepfit")
        done = subprocess.run(
            [keepfit, *words, "--json"],
            env={**os.environ, **own},
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return json.loads(done.stdout)
