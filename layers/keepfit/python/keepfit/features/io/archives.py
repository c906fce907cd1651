"""ZIP archives of a table and the files that its cells name."""

from __future__ import annotations

import posixpath
import shutil
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keepfit.errors import RefusedUpload
from keepfit.features.io.formats import MAX_UNPACKED_BYTES, FileFormat, format_of

TABLES = (".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx")
MAX_FILES = 200_000
MAX_FILE_BYTES = 20 * 2**20
_MAX_NAMED = 5
# pandas names what it writes to t.zip "t", or, in its former versions, "t.zip" again.
_NAMED_BY_PANDAS = ("", ".zip")


class Archive:
    """An archive's table, and the bytes of its other files by the names that people give them."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._opened = opened
        self._members = {name: member for member in opened.infolist() if (name := _plain(member))}
        if len(self._members) > MAX_FILES:
            raise RefusedUpload(f"holds more than {MAX_FILES:,} files; split it into several archives")
        if sum(member.file_size for member in self._members.values()) > MAX_UNPACKED_BYTES:
            raise RefusedUpload(
                f"holds more than {MAX_UNPACKED_BYTES / 2**30:g} GiB unpacked; split it into several archives"
            )
        self.table = self._only_table()
        known = self.table.lower().endswith(TABLES)
        self.form = format_of(self.table) if known else FileFormat("csv", packed=False)
        self._folder = posixpath.dirname(self.table)
        counted = Counter(map(posixpath.basename, self._members))
        self._alone = {posixpath.basename(n): n for n in self._members if counted[posixpath.basename(n)] == 1}

    def unpack_table(self, path: Path) -> None:
        """Writes the table to ``path``."""
        packed = self._members[self.table]
        with self._reading(self.table), self._opened.open(packed) as table, path.open("wb") as file:
            shutil.copyfileobj(table, file, 2**20)

    def find(self, cell: str) -> str | None:
        """The file that a cell names: beside the table, from the top, or by its name where only one has it."""
        name = posixpath.normpath(cell.replace("\\", "/")).lstrip("/")
        beside = posixpath.join(self._folder, name)
        return next((each for each in (beside, name) if each in self._members), self._alone.get(name))

    def missing(self, _cell: str) -> str:
        """Why there is no file that a cell names."""
        return "names a file that is not in the archive"

    def read(self, name: str) -> bytes:
        """The bytes of a file, at most one more than ``MAX_FILE_BYTES``.

        Raises:
            RefusedUpload: it cannot be unpacked.
        """
        with self._reading(name), self._opened.open(self._members[name]) as packed:
            return packed.read(MAX_FILE_BYTES + 1)

    def _only_table(self) -> str:
        tables = [name for name in self._members if name.lower().endswith(TABLES)]
        outermost = min((name.count("/") for name in tables), default=0)
        found = sorted(name for name in tables if name.count("/") == outermost) or self._written_by_pandas()
        if not found:
            raise RefusedUpload(
                f"holds no table ({', '.join(TABLES)}); put one beside the files, with a row that names each"
            )
        if len(found) > 1:
            raise RefusedUpload(
                f"holds {len(found)} tables, {', '.join(found[:_MAX_NAMED])}; leave one of them in the archive"
            )
        return found[0]

    def _written_by_pandas(self) -> list[str]:
        """The only file, where its name does not say what it is."""
        alone = list(self._members) if len(self._members) == 1 else []
        return [name for name in alone if posixpath.splitext(name)[1].lower() in _NAMED_BY_PANDAS]

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        if self._members[name].flag_bits & 1:
            raise RefusedUpload(f"holds {name} under a password; pack it without one")
        try:
            yield
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise RefusedUpload(f"holds {name}, which cannot be unpacked: {error}; pack it again") from error


@contextmanager
def archive(path: Path) -> Iterator[Archive]:
    """Opens an archive.

    Raises:
        RefusedUpload: it is none, too large, or has not one table.
    """
    try:
        opened = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise RefusedUpload(f"cannot be read as a ZIP archive: {error}; pack it again") from error
    with opened:
        yield Archive(opened)


def _plain(member: zipfile.ZipInfo) -> str | None:
    """The name of a file in plain form; None of folders and of what systems add."""
    name = posixpath.normpath(member.filename.replace("\\", "/")).lstrip("/")
    hidden = any(part.startswith(".") for part in name.split("/")) or name.startswith("__MACOSX/")
    return None if member.is_dir() or hidden else name
