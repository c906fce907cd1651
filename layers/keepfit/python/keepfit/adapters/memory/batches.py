"""The files of batches in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from keepfit.errors import NotFound
from keepfit.serving.batch.part import Span
from keepfit.serving.batch.ports import FoundFile


@dataclass(slots=True, kw_only=True)
class MemoryBatchFiles:
    """See ``serving.batch.ports.BatchFiles``."""

    versions: dict[tuple[str, str], tuple[bytes, Mapping[str, str]]] = field(default_factory=dict)

    def put(self, key: str, body: bytes, said: Mapping[str, str]) -> str:
        """Writes an object and returns its version id."""
        version = str(len(self.versions) + 1)
        self.versions[key, version] = body, said
        return version

    def find(self, key: str, version_id: str) -> FoundFile:
        body, said = self._get(key, version_id)
        return FoundFile(len(body), said)

    def download(self, key: str, version_id: str, path: Path) -> None:
        path.write_bytes(self._get(key, version_id)[0])

    def fetch(self, key: str, version_id: str, spans: Sequence[Span], path: Path, *, size: int) -> None:
        body, held = self._get(key, version_id)[0], bytearray(size)
        for span in spans:
            held[span.start : span.end] = body[span.start : span.end]
        path.write_bytes(held)

    def _get(self, key: str, version_id: str) -> tuple[bytes, Mapping[str, str]]:
        if (key, version_id) not in self.versions:
            raise NotFound(f"{key} at version {version_id} is not there")
        return self.versions[key, version_id]
