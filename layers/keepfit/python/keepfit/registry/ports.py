"""What the registry needs from the outside."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class ArtifactStore(Protocol):
    """Files by key: run files, registered versions, release packages."""

    def get(self, key: str) -> bytes:
        """The whole object. Raises NotFound where there is none."""
        ...

    def put(self, key: str, body: bytes) -> None:
        """Writes or replaces; a reader sees the old bytes or the new ones, never a mixture."""
        ...

    def put_new(self, key: str, body: bytes) -> None:
        """Writes a key that never changes afterwards.

        Writing the same bytes again is fine, so that a retry is.

        Raises:
            Conflict: the key holds other bytes.
        """
        ...

    def get_file(self, key: str, path: Path) -> None:
        """Copies the object to ``path``. Raises NotFound where there is none; ``path`` is then not made."""
        ...

    def put_file(self, key: str, path: Path) -> None:
        """Writes or replaces the object with the content of ``path``."""
        ...

    def list(self, prefix: str) -> list[str]:
        """All keys that begin with ``prefix``, sorted."""
        ...
