"""The interfaces of what a batch's job reads and writes; adapters implement them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from keepfit.registry.artifact_store import ArtifactStore
from keepfit.serving.batch.part import Span

__all__ = ["ArtifactStore", "BatchFiles", "BatchModels", "FoundFile"]


class FoundFile(NamedTuple):
    """An object as it was found: its bytes, and its metadata."""

    bytes: int
    said: Mapping[str, str]


class BatchFiles(Protocol):
    """The files that people and programs drop to be scored, each version of which stays as it is."""

    def find(self, key: str, version_id: str) -> FoundFile:
        """Looks at a file. Raises NotFound where it is gone."""
        ...

    def download(self, key: str, version_id: str, path: Path) -> None:
        """Copies a file to ``path``. Raises NotFound where it is gone."""
        ...

    def fetch(self, key: str, version_id: str, spans: Sequence[Span], path: Path, *, size: int) -> None:
        """Makes ``path`` a file of ``size`` bytes with those of the spans, and holes for all others."""
        ...


class BatchModels(Protocol):
    """The registered versions of deployed models."""

    def serving(self, model: str) -> int:
        """The champion's version. Raises NotFound where nothing is released, or there is no such model."""
        ...

    def files(self, model: str, version: int) -> Mapping[str, bytes]:
        """The files of a version that score, verified. Raises NotFound where there is none."""
        ...
