"""Packages and layers unpacked once per content, shared by all workers (and by clouds side by side)."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path

from localcloud.errors import LocalCloudError

# Lambda refuses a function whose package and layers are larger than this once unpacked.
UNPACKED_LIMIT = 250 * 1024 * 1024


class UnpackedCache:
    """Folders by sha256 of the zip they came from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def folder(self, sha256: str, archive: bytes) -> Path:
        """The unpacked content of ``archive``, whose sha256 in hexadecimal is ``sha256``.

        Raises:
            LocalCloudError: an entry of the archive points outside of it.
        """
        target = self._folder / sha256
        if target.exists():
            return target
        with self._guard:
            lock = self._locks.setdefault(sha256, threading.Lock())
        with lock:
            if not target.exists():
                self._unpack(archive, target)
        return target

    def _unpack(self, archive: bytes, target: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Unpacked aside and renamed: another cloud may be doing the same, and a reader must never see half of it.
        partial = Path(tempfile.mkdtemp(dir=self._folder, prefix=".partial-"))
        try:
            with zipfile.ZipFile(io.BytesIO(archive)) as content:
                _extract(content, partial)
            partial.chmod(0o755)
            try:
                partial.rename(target)
            except OSError:
                if not target.exists():
                    raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _extract(content: zipfile.ZipFile, folder: Path) -> None:
    root = os.path.realpath(folder) + os.sep
    for entry in content.infolist():
        path = os.path.realpath(folder / entry.filename)
        if not (path + os.sep).startswith(root):
            raise LocalCloudError(f"The package holds {entry.filename!r}, which would be written outside of it.")
        content.extract(entry, folder)
        mode = entry.external_attr >> 16
        if mode & 0o111 and not entry.is_dir():
            os.chmod(path, 0o755)
