"""Ports of forgetting: every version of the objects of a bucket, and the records of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from keepfit.features.forgetting.record import Forgotten


class ObjectVersion(NamedTuple):
    """One version of an object, and when it was written."""

    key: str
    version_id: str
    at: datetime


class ObjectVersions(Protocol):
    """All versions of the objects of one bucket, former ones included."""

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectVersion]:
        """Those with keys below ``prefix`` and greater than ``after``, by key, of each the newest first."""
        ...

    def folders(self, prefix: str) -> Sequence[str]:
        """The names of the folders right below ``prefix``, which ends in a slash."""
        ...

    def fetch(self, key: str, version_id: str, path: Path) -> None:
        """Copies a version to ``path``. Raises NotFound where it is not there."""
        ...

    def put(self, key: str, path: Path) -> None:
        """Writes a new version of an object."""
        ...

    def remove(self, key: str, version_id: str) -> None:
        """Deletes a version for good; one that is not there is none."""
        ...


class ForgottenRecords(Protocol):
    """The records of what the datasets forgot."""

    def put(self, record: Forgotten) -> None:
        """Writes a record, or what has come of it since."""
        ...

    def all(self, dataset: str) -> list[Forgotten]:
        """Every record of a dataset, the latest first."""
        ...
