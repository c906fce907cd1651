"""Files beside an uploaded table, as objects of the folder that it lies in, which its cells name."""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec

from keepfit.errors import RefusedUpload
from keepfit.features.io.archives import MAX_FILE_BYTES, TABLES
from keepfit.features.io.formats import file_sha256, format_of
from keepfit.features.io.reductions import NoValue

MAX_FILES = 20_000
MAX_FOLDER_BYTES = 4 * 2**30
TEXTS = ("csv", "jsonl")
"""The formats of tables that may name files beside them; others are read where no file is."""
_MAX_NAMED = 5


class Folder:
    """Files by their paths from the table on: where each is here, or None if it is too large."""

    def __init__(self, files: Mapping[str, Path | None]) -> None:
        self._files = files
        counted = Counter(map(posixpath.basename, files))
        self._alone = {
            posixpath.basename(name): name for name in files if counted[posixpath.basename(name)] == 1
        }

    def find(self, cell: str) -> str | None:
        """The file that a cell names: by its path from the table on, or by its name where only one has it."""
        name = _plain(cell)
        return name if name in self._files else self._alone.get(name)

    def missing(self, cell: str) -> str:
        """Why there is no file that a cell names; nothing outside of the folder is ever read."""
        outside = "://" in cell or _plain(cell).startswith(("/", "../"))
        return (
            f"names a file {'outside of the folder of its table' if outside else 'that is not in the folder'}"
        )

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises NoValue where they are too many."""
        path = self._files[name]
        if path is None:
            raise NoValue(f"names a file of more than {MAX_FILE_BYTES // 2**20} MiB")
        return path.read_bytes()


def _plain(cell: str) -> str:
    return posixpath.normpath(cell.replace("\\", "/"))


def is_beside(name: str) -> bool:
    """Whether a table may name a file of a folder, by its path in it: no table itself, nor hidden."""
    hidden = any(part.startswith(".") for part in name.split("/")) or name.startswith("__MACOSX/")
    return not (hidden or not name or name.endswith("/") or is_table(name))


def is_table(name: str) -> bool:
    """Whether a file is a table by its name, packed or not."""
    return name.lower().removesuffix(".gz").endswith((*TABLES, ".zip"))


def local_folder(folder: Path) -> tuple[Path, dict[str, Path]]:
    """The table at the top of a folder of this machine, and the files for it by their paths from there.

    Raises:
        RefusedUpload: there is not one table, or one of another format; or a link leads out of the folder.
    """
    tables = sorted(
        path for path in folder.iterdir() if path.is_file() and _is_listed(path) and is_table(path.name)
    )
    if len(tables) != 1:
        found = (
            f"{len(tables)} tables, {', '.join(path.name for path in tables[:_MAX_NAMED])}"
            if tables
            else "no table"
        )
        raise RefusedUpload(
            f"{folder} holds {found} at its top; leave one there, with a row that names each file"
        )
    if format_of(tables[0].name).format not in TEXTS:
        raise RefusedUpload(
            f"{tables[0]} cannot name files beside it; write it as CSV or JSON Lines, or pack all as a .zip"
        )
    paths = {
        path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()
    }
    files = {name: path for name, path in paths.items() if is_beside(name)}
    for path in files.values():
        if not path.resolve().is_relative_to(folder.resolve()):
            raise RefusedUpload(f"{path} leads out of the folder; put the file itself there")
    return tables[0], files


def file_digest(path: Path) -> str:
    """Digest of a file beside a table: its SHA-256, or its size where it is too large to be read."""
    size = path.stat().st_size
    return large_digest(size) if size > MAX_FILE_BYTES else file_sha256(path)


def large_digest(size: int) -> str:
    """The digest of a file that is too large to be read."""
    return f"{size} bytes"


def _is_listed(path: Path) -> bool:
    return not path.name.startswith(".")


def folder_sha256(table: str, files: Mapping[str, str]) -> str:
    """The SHA-256 of a table with the files beside it, of the digests of both; without files, the table's."""
    said = msgspec.json.encode([table, files], order="deterministic")
    return hashlib.sha256(said).hexdigest() if files else table
