"""An embedded cloud of a proof's own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.places.bring_up import bring_up
from cli.places.deployment import Deployment
from localcloud.cloud import Cloud
from proofs.proof import Tell


@contextmanager
def own_cloud(tell: Tell) -> Iterator[tuple[Deployment, Path]]:
    """Deploys this checkout to a fresh cloud with a folder for files, and removes both afterwards."""
    with tempfile.TemporaryDirectory(prefix="keepfit-prove-") as name:
        folder = Path(name)
        cloud = Cloud(name="prove", root=folder)
        try:
            yield bring_up(cloud, tell, fresh=True), folder
        finally:
            cloud.down()
