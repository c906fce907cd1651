"""The registry's ports in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from keepfit.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryArtifacts:
    """A dictionary that behaves like a bucket; see ``registry.ports.ArtifactStore``."""

    objects: dict[str, bytes] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: str) -> bytes:
        body = self.objects.get(key)
        if body is None:
            raise NotFound(f"memory://{key}: there is no such object")
        return body

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body

    def put_new(self, key: str, body: bytes) -> None:
        with self._lock:
            if self.objects.setdefault(key, body) != body:
                raise Conflict(f"memory://{key} exists and holds other bytes")

    def get_file(self, key: str, path: Path) -> None:
        path.write_bytes(self.get(key))

    def put_file(self, key: str, path: Path) -> None:
        self.put(key, path.read_bytes())

    def list(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))
