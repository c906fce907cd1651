"""Checks of an uploaded object before its rows are read, and the digests of its content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from keepfit.errors import RefusedUpload
from keepfit.features.datasets.manifest import Source
from keepfit.features.datasets.ports import FoundUpload
from keepfit.features.io.folders import folder_sha256
from keepfit.features.io.formats import MAX_UPLOAD_BYTES, FileFormat, content_sha256, file_sha256, format_of
from keepfit.instants import to_iso


def promised_format(found: FoundUpload) -> FileFormat:
    """The format that the object's name promises.

    Raises:
        RefusedUpload: it is a folder, of no known format, empty, or too large.
    """
    if found.upload.key.endswith("/"):
        raise RefusedUpload(f"{found.upload.key!r} is a folder, not a file")
    promised = format_of(found.upload.key)
    if not found.bytes:
        raise RefusedUpload("is empty; upload a file with rows")
    if found.bytes > MAX_UPLOAD_BYTES:
        raise RefusedUpload(f"is larger than {MAX_UPLOAD_BYTES / 2**30:g} GiB; split it into several files")
    return promised


def source_of(found: FoundUpload, path: Path, beside: Mapping[str, str]) -> Source:
    """The object as the source of rows.

    ``path`` is a copy of it, ``beside`` has the digests of files that its cells may name.
    """
    return Source(
        **msgspec.structs.asdict(found.upload),
        sha256=folder_sha256(content_sha256(path), beside),
        uploaded_at=to_iso(found.at),
        file_sha256=file_sha256(path),
    )
