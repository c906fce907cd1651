"""What the registry needs from the outside."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from keepfit.registry.versions import Claim, ModelVersion, Release


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

    def mark_pruned(self, lambda_version: str, at: datetime | None) -> None:
        """Notes that a Lambda version is taken away, or with None that it stayed after all.

        Raises:
            NotFound: it is on no record.
        """
        ...

    def release(self, lambda_version: str) -> Release | None:
        """What is inside a Lambda version; None for one that keepfit did not publish."""
        ...

    def releases(self) -> list[Release]:
        """Every release, in the order of the Lambda versions."""
        ...
