"""The manifest of a build, which the stacks read to deploy exactly its bundles."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One bundle: its path below ``build/<target>``, the digest of its sources, its unpacked bytes."""

    path: str
    digest: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All bundles of one target; ``code_digest`` covers the code that can change a training's result.

    ``compiled`` says whether the layers hold bytecode; without it they are good for templates alone.
    """

    layers: dict[str, Bundle]
    handler: Bundle
    image: str
    server_image: str
    code_digest: str
    compiled: bool = True

    def write(self, folder: Path) -> None:
        """Writes ``manifest.json`` to ``folder``, last and atomically: it marks a complete build."""
        unfinished = folder / f".manifest.{os.getpid()}"
        unfinished.write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n")
        unfinished.replace(folder / "manifest.json")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Reads ``manifest.json``. Raises FileNotFoundError where nothing was built yet."""
        said = json.loads((folder / "manifest.json").read_text())
        return cls(
            layers={name: Bundle(**bundle) for name, bundle in said["layers"].items()},
            handler=Bundle(**said["handler"]),
            image=said["image"],
            server_image=said["server_image"],
            code_digest=said["code_digest"],
            compiled=said.get("compiled", False),
        )
