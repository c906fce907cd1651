"""The port of screening: whether an upload stands out of its dataset's own history."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from keepfit.features.datasets.manifest import Manifest


class Screening(Protocol):
    """Compares an upload with those before it."""

    def anomalies(self, part: Path, version: Manifest) -> list[str]:
        """What stands out, a sentence about a column each; nothing where it is like those before.

        Args:
            part: its good rows, Parquet; the folder is there for the parts of others.
            version: of the dataset, without it.
        """
        ...
