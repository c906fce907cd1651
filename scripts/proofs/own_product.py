"""A product of a proof's own: definitions, an embedded cloud, and commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli.exits import CommandError
from cli.places.deployment import Deployment
from cli.places.place import at_cloud
from localcloud.cloud import Cloud


class OwnProduct:
    """`keepfit` with definitions and an embedded cloud of its own, in ``folder``; ``name`` is the cloud's."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.models = folder, folder / "models"
        self.models.mkdir(parents=True)
        self._cloud = Cloud(name=name, root=folder / "state")
        (folder / "state").mkdir()
        self._environment: Mapping[str, str] = {}

    @contextmanager
    def cloud(self, **variables: str) -> Iterator[Cloud]:
        """The cloud, deployed in an environment with ``variables``."""
        own = {"KEEPFIT_STATE": str(self.folder / "state"), "KEEPFIT_MODELS": str(self.models)}
        self._environment = {**os.environ, **own, **variables}
        try:
            self.keepfit("local", "up", "--name", self._cloud.name)
            yield self._cloud
        finally:
            self._cloud.down()

    def deployment(self) -> Deployment:
        """What is deployed; this process is led to it."""
        place = at_cloud(self._cloud.name, self._cloud.endpoint())
        place.enter()
        return Deployment(place)

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
