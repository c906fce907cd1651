"""Unpacked packages and layers by content, shared by all workers and clouds."""

from __future__ import annotations

import io
import shutil
import stat
import tempfile
import threading
import zipfile
from pathlib import Path

from localcloud.errors import LocalCloudError

# Lambda refuses a function whose package and layers are larger than this once unpacked.
MAX_UNPACKED_BYTES = 250 * 1024 * 1024


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
            try:
                partial.rename(target)
            except OSError:
                if not target.exists():
                    raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _extract(content: zipfile.ZipFile, folder: Path) -> None:
    root = folder.resolve()
    for entry in content.infolist():
        path = (root / entry.filename).resolve()
        if not path.is_relative_to(root):
            raise LocalCloudError(
                f"The package holds {entry.filename!r}, which would be written outside of it."
            )
        content.extract(entry, folder)
        if entry.external_attr >> 16 & stat.S_IXUSR and not entry.is_dir():
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
