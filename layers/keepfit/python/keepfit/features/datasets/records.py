"""Records of uploads in the registry: taken, withdrawn and refused."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from keepfit.features.datasets.contract_results import ContractResult
from keepfit.features.datasets.manifest import Cause, Manifest, Source, Upload

FileStatus = Literal["taken", "announced"]


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that is part of a dataset since ``version``, and whether that was announced.

    ``cause`` made that version at ``changed_at`` (ISO 8601); records of before do not say. ``report`` is the key of
    what is said of its bad rows, and ``contracts`` are those that were not kept.
    """

    status: FileStatus
    version: int
    source: Source
    rows: int
    bad_rows: int
    ignored_columns: list[str] = []
    duplicate_rows: int | None = None
    known_rows: int | None = None
    cause: Cause | None = None
    changed_at: str | None = None
    report: str | None = None
    contracts: list[ContractResult] = []

    @property
    def withdrawn(self) -> bool:
        """Whether the upload has been part of the dataset, and is not since ``version``."""
        return self.cause is not None and self.cause.kind == "withdrawal"


class Discarded(msgspec.Struct, frozen=True, kw_only=True):
    """A person's decision that an upload that stood out stays out; ``at`` is ISO 8601."""

    who: str
    why: str
    at: str


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that did not become data, and why.

    ``at`` is when the object was uploaded, so that a retry writes the same record again. ``quarantine`` and ``report``
    are keys of the lake: of its bad rows, and of all that does not fit. One that is ``held`` stands out of those before
    it, or breaks ``contracts``, and waits for a person until it is taken again or ``discarded``.
    """

    at: datetime
    reason: str
    source: Upload
    rows: int | None = None
    bad_rows: int | None = None
    quarantine: str | None = None
    report: str | None = None
    held: bool = False
    discarded: Discarded | None = None
    contracts: list[ContractResult] = []


def record_of(manifest: Manifest) -> FileRecord:
    """The record of the upload that ``manifest`` is about, not announced yet."""
    part = manifest.changed
    return FileRecord(
        status="taken",
        version=manifest.version,
        source=part.source,
        rows=part.rows,
        bad_rows=part.bad_rows,
        ignored_columns=part.ignored_columns,
        duplicate_rows=part.duplicate_rows,
        known_rows=part.known_rows,
        cause=manifest.cause,
        changed_at=manifest.created_at,
        report=part.report,
        contracts=part.contracts,
    )
