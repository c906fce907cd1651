"""Ports of datasets: the intake, the lake, and records of files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from keepfit.features.datasets.manifest import Manifest, Part, RewrittenPart, Upload
from keepfit.features.datasets.records import Discarded, FileRecord, Refusal


class FoundUpload(msgspec.Struct, frozen=True, kw_only=True):
    """An uploaded object in the intake."""

    upload: Upload
    bytes: int
    at: datetime


class StoredPart(msgspec.Struct, frozen=True, kw_only=True):
    """The location of a part in the lake."""

    key: str
    version_id: str


class Intake(Protocol):
    """Reads uploaded files."""

    def find(self, key: str, version_id: str | None) -> FoundUpload:
        """One version of an object; the newest where ``version_id`` is None.

        ``key`` is taken as it is, and URL-decoded where there is no such object: events spell it either way.

        Raises:
            NotFound: neither is there.
        """
        ...

    def download(self, upload: Upload, path: Path) -> None:
        """Copies that version to ``path``."""
        ...

    def listed(self, folder: str) -> Iterator[tuple[str, int]]:
        """The keys below ``folder``, which ends in a slash, and how many bytes each has, in no order."""
        ...

    def fetch(self, paths: Mapping[str, Path]) -> set[str]:
        """Copies the newest version of each key to its path; answers with those that were there."""
        ...


class Lake(Protocol):
    """Stores accepted data."""

    def put_part(self, dataset: str, sha256: str, path: Path) -> StoredPart:
        """Stores the good rows of the upload ``sha256`` under a new key.

        What a version of the dataset names may never be overwritten: it would be an older version of its object, and
        those expire.
        """
        ...

    def put_quarantine(self, dataset: str, sha256: str, path: Path) -> str:
        """Keeps the bad rows of the upload ``sha256``; answers with the key, which other bad rows do not get."""
        ...

    def put_report(self, dataset: str, sha256: str, path: Path) -> str:
        """Keeps the report on the upload ``sha256``; answers with the key, which other reports do not get."""
        ...

    def put_rewritten_part(self, dataset: str, sha256: str, path: Path, days_left: int | None) -> StoredPart:
        """Stores what is left of a part of the upload ``sha256``, as ``put_part``.

        It expires in ``days_left`` days, see ``forgetting.days_left``; None where it may stay as any other.
        """
        ...

    def put_rest(self, dataset: str, sha256: str, path: Path) -> str:
        """Keeps what is left of the upload ``sha256``, which is removed; answers with the key."""
        ...

    def put_rewritten(self, key: str, rewritten: RewrittenPart) -> None:
        """Says what takes the place of the part under ``key``, of which rows were forgotten."""
        ...

    def rewritten(self, key: str) -> RewrittenPart | None:
        """What takes the place of the part under ``key`` in the end; None for one that is as it was."""
        ...

    def put_profile(self, dataset: str, sha256: str, path: Path) -> str:
        """Keeps the profile of the upload ``sha256``; answers with the key, which other profiles do not get."""
        ...

    def profile(self, key: str) -> bytes:
        """Reads a profile by its key. Raises NotFound where it is not there, or no longer."""
        ...

    def put_manifest(self, manifest: Manifest) -> None:
        """Writes a version once.

        Raises:
            Conflict: the version exists.
        """
        ...

    def manifest(self, dataset: str, version: int) -> Manifest:
        """Reads a version's manifest. Raises NotFound where the version does not exist."""
        ...

    def get_part(self, part: Part, path: Path) -> None:
        """Copies the object that the manifest names, or what was rewritten of it where it is removed.

        Raises:
            NotFound: neither is there.
        """
        ...


class DatasetRecords(Protocol):
    """Stores the newest version of each dataset, and the accepted and refused files."""

    def newest(self, dataset: str) -> int | None:
        """The newest version, never an older one; None where nothing was ingested yet."""
        ...

    def file(self, dataset: str, sha256: str) -> FileRecord | None:
        """The record of the upload with this content."""
        ...

    def take(self, dataset: str, record: FileRecord) -> None:
        """Makes ``record.version`` the newest and replaces the upload's record, both or neither.

        Raises:
            Conflict: the newest version is not the one before; read again.
        """
        ...

    def files(self, dataset: str) -> list[FileRecord]:
        """The records of all uploads that are part of the dataset, or were, the latest changed first."""
        ...

    def announce(self, dataset: str, record: FileRecord) -> None:
        """Marks ``record`` as announced. Doing it again changes nothing.

        Raises:
            Conflict: the upload was never taken, or something else became of it since.
        """
        ...

    def refuse(self, dataset: str, refusal: Refusal) -> None:
        """Records a refused upload; idempotent, and what was discarded stays so."""
        ...

    def discard(self, dataset: str, upload: Upload, at: datetime, decision: Discarded) -> None:
        """Records that an upload that is held stays out; ``at`` is when it was uploaded.

        Raises:
            Conflict: it is not held.
        """
        ...

    def refusals(self, dataset: str, limit: int) -> list[Refusal]:
        """Up to ``limit`` refusals, the latest uploaded first."""
        ...

    def count_refusals(self, dataset: str) -> int:
        """The number of refusals."""
        ...
