"""Ports of the registry: versions and releases."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from keepfit.registry.versions import Claim, ModelVersion, Release


class Versions(Protocol):
    """Stores the registered versions of one model and the Lambda versions made of them."""

    def claim(self, run_id: str, at: datetime) -> Claim:
        """Reserves the next free version number for ``run_id``; a run that has one gets it again."""
        ...

    def register(self, version: ModelVersion) -> None:
        """Makes a complete version visible to readers; idempotent.

        Raises:
            Conflict: the number is another run's, or was registered with another manifest.
        """
        ...

    def get(self, version: int) -> ModelVersion:
        """Reads a registered version. Raises NotFound for any other number, claimed or not."""
        ...

    def all(self) -> list[ModelVersion]:
        """Every registered version, oldest first."""
        ...

    def record_release(self, release: Release) -> None:
        """Records which model version a Lambda version holds; idempotent.

        Raises:
            Conflict: the Lambda version is on record with another model version.
        """
        ...

    def mark_pruned(self, lambda_version: str, at: datetime | None) -> None:
        """Marks a Lambda version as deleted at an instant, or with None as kept after all.

        Raises:
            NotFound: it is on no record.
        """
        ...

    def release(self, lambda_version: str) -> Release | None:
        """The release that a Lambda version is; None for one that keepfit did not publish."""
        ...

    def releases(self) -> list[Release]:
        """Every release, in the order of the Lambda versions."""
        ...
