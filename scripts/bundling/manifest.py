"""What a build made: read by the stacks, which deploy exactly this."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One thing built: its path below ``build/<target>``, the digest of what it was made from, its unpacked bytes."""

    path: str
    digest: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything built for one target; ``code_digest`` covers what can change what training makes of the same data.

    ``compiled`` says whether the layers hold bytecode; without it they are good for templates alone.
    """

    layers: dict[str, Bundle]
    handler: Bundle
    image: str
    code_digest: str
    compiled: bool = True

    def write(self, folder: Path) -> None:
        """As ``manifest.json`` in ``folder``, last and at once: where it stands, the build is whole."""
        unfinished = folder / f".manifest.{os.getpid()}"
        unfinished.write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n")
        unfinished.replace(folder / "manifest.json")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Raises FileNotFoundError where nothing was built yet."""
        said = json.loads((folder / "manifest.json").read_text())
        return cls(
            layers={name: Bundle(**bundle) for name, bundle in said["layers"].items()},
            handler=Bundle(**said["handler"]),
            image=said["image"],
            code_digest=said["code_digest"],
            compiled=said.get("compiled", False),
        )
