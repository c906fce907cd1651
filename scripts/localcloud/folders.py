"""The folders of an embedded cloud, and those that several clouds share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors import LocalCloudError

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Paths of one embedded cloud; ``shared`` is addressed by content, so clouds may share it."""

    state: Path
    shared: Path

    @classmethod
    def of(cls, root: Path, name: str) -> Folders:
        """The folders of the cloud ``name`` under ``root``.

        Raises:
            LocalCloudError: the name is not made of lower-case letters, digits and dashes.
        """
        if not _NAME.fullmatch(name):
            raise LocalCloudError(
                f"{name!r} cannot name an embedded cloud: use up to 40 lower-case letters, digits and dashes."
            )
        root = root.resolve()
        return cls(state=root / name, shared=root / "_shared")

    @property
    def endpoint(self) -> Path:
        """The endpoint and credentials of the running cloud (readable by its owner only)."""
        return self.state / "endpoint.json"

    @property
    def settings(self) -> Path:
        """Port and credentials, kept over restarts."""
        return self.state / "settings.json"

    @property
    def log(self) -> Path:
        """Standard output and error of the cloud's process."""
        return self.state / "cloud.log"

    @property
    def lock(self) -> Path:
        """Held by the process that serves this state."""
        return self.state / "lock"

    @property
    def children(self) -> Path:
        """Processes started for functions and tasks, so that a killed cloud's orphans can be ended."""
        return self.state / "children.jsonl"

    @property
    def tls(self) -> Path:
        """Certificates."""
        return self.state / "tls"

    @property
    def services(self) -> Path:
        """Snapshots of the emulated services."""
        return self.state / "services"

    @property
    def objects(self) -> Path:
        """Bodies of S3 objects."""
        return self.state / "objects"

    @property
    def scratch(self) -> Path:
        """Private folders of workers and tasks."""
        return self.state / "scratch"

    @property
    def unpacked(self) -> Path:
        """Unpacked function packages and layers by sha256."""
        return self.shared / "unpacked"

    @property
    def images(self) -> Path:
        """Built process images and their tags."""
        return self.shared / "images"
