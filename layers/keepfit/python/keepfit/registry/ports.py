"""What the registry needs from the outside."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the values use the store's port, and the ports name the values
    from keepfit.registry.versions import Claim, ModelVersion, Release


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


class Versions(Protocol):
    """The registered versions of one model, and the Lambda versions made of them."""

    def claim(self, run_id: str, at: datetime) -> Claim:
        """The next free version number, reserved for ``run_id``; a run that has one gets the same again."""
        ...

    def register(self, version: ModelVersion) -> None:
        """Shows a complete version to readers. Doing it again changes nothing.

        Raises:
            Conflict: the number is another run's, or was registered with another manifest.
        """
        ...

    def get(self, version: int) -> ModelVersion:
        """Raises NotFound for a number that was not registered, claimed or not."""
        ...

    def all(self) -> list[ModelVersion]:
        """Every registered version, oldest first."""
        ...

    def record_release(self, release: Release) -> None:
        """Remembers which model version a Lambda version answers with. Recording it again changes nothing.

        Raises:
            Conflict: the Lambda version is on record with another model version.
        """
        ...

    def release(self, lambda_version: str) -> Release | None:
        """What is inside a Lambda version; None for one that keepfit did not publish."""
        ...

    def releases(self) -> list[Release]:
        """Every release, in the order of the Lambda versions."""
        ...
