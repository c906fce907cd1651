"""What became of uploads: those that are part of a dataset, and those that were refused."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from keepfit.features.datasets.manifest import Source, Upload

FileStatus = Literal["taken", "announced"]


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that became part of the dataset: since which version, and whether that was announced."""

    status: FileStatus
    version: int
    source: Source
    rows: int
    bad_rows: int
    ignored_columns: list[str] = []
    duplicate_rows: int | None = None
    known_rows: int | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that did not become data, and why.

    ``at`` is when the object was uploaded, so that a retry writes the same record again.
    """

    at: datetime
    reason: str
    source: Upload
    rows: int | None = None
    bad_rows: int | None = None
    quarantine: str | None = None
