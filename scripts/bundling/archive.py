"""Reproducible zip files: the same files give the same bytes."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

from bundling.digests import text_digest

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can say
_READABLE = 0o644
_RUNNABLE = 0o755


def write_zip(target: Path, files: Mapping[str, Path], *, compress: bool) -> None:
    """Writes ``files`` by their names inside to ``target``, atomically.

    Where the zip is only read on this machine, leaving it uncompressed makes it in a fraction of the time.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(unfinished, "w", method) as archive:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = method
            entry.external_attr = (_RUNNABLE if os.access(path, os.X_OK) else _READABLE) << 16
            archive.writestr(entry, path.read_bytes())
    unfinished.replace(target)


def content_digest(archive: Path) -> str:
    """SHA-256, in hex, of the names and contents of all files, however they are compressed."""
    with zipfile.ZipFile(archive) as opened:
        lines = [
            f"{name} {hashlib.sha256(opened.read(name)).hexdigest()}" for name in sorted(opened.namelist())
        ]
    return text_digest(lines)


def unpacked_bytes(archive: Path) -> int:
    """The bytes of all files once unpacked, which Lambda limits."""
    with zipfile.ZipFile(archive) as opened:
        return sum(entry.file_size for entry in opened.infolist())
