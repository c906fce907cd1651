"""Formats of uploaded files by name, and their decompressed bytes up to a limit."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from keepfit.errors import RefusedUpload
from keepfit.features.io.lines import Stream

Format = Literal["csv", "jsonl", "parquet", "xlsx", "zip"]

MAX_UPLOAD_BYTES = 5 * 2**30
MAX_UNPACKED_BYTES = 10 * 2**30
# Two thirds of the function's time; the rest is for the way from the intake and to the lake.
MAX_READING_S = 600
# Tables pack 3 to 30 times smaller. What packs 100 times smaller, and is not small, was made to fill a disk.
MIN_ALLOWED_UNPACKED = 100 * 2**20
MAX_TIMES_PACKED = 100
_GZIP, _CHUNK = b"\x1f\x8b", 2**20
_is_bzip2 = re.compile(rb"BZh[1-9]1AY&SY").match
_PACKED = (".gz", ".bz2")
# How files begin that are no text, and what to do with them.
_BINARIES = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook; unpack it, or name it .zip or .xlsx",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as .xlsx, or the sheet as CSV UTF-8",
    b"PAR1": "a Parquet file; name it .parquet",
    b"ARROW1": "an Arrow file; write it as Parquet",
    b"ORC": "an ORC file; write it as Parquet",
    b"Obj\x01": "an Avro file; write it as Parquet",
    b"SQLite format 3\0": "an SQLite database; write the table as CSV or Parquet",
    b"%PDF-": "a PDF document; upload the table itself, as CSV",
    b"\x28\xb5\x2f\xfd": "packed with Zstandard; pack it with gzip",
    b"\xfd7zXZ\0": "packed with xz; pack it with gzip",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive; unpack it, or pack the file with gzip",
    _GZIP: "packed twice; pack it once",
    b"BZh91AY&SY": "packed twice; pack it once",
}
_HEAD = 512
_EXTENSIONS: dict[str, Format] = {
    "csv": "csv",
    "tsv": "csv",
    "tab": "csv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "jsonl",
    "parquet": "parquet",
    "xlsx": "xlsx",
    "zip": "zip",
}


class FileFormat(NamedTuple):
    """The format by a file's name, and whether its bytes are compressed, with gzip or bzip2."""

    format: Format
    packed: bool


def format_of(key: str) -> FileFormat:
    """The format by the name of an upload.

    Raises:
        RefusedUpload: an unknown extension, or compression around what is packed by itself.

    >>> format_of("flights/2013-01.csv.gz")
    FileFormat(format='csv', packed=True)
    """
    name = key.rpartition("/")[2].lower()
    stem = next((name.removesuffix(end) for end in _PACKED if name.endswith(end)), name)
    packed = stem != name
    found = _EXTENSIONS.get(stem.rpartition(".")[2]) if "." in stem else None
    if found is None:
        raise RefusedUpload(
            f"{name!r} is no .csv, .tsv, .tab, .json, .jsonl, .ndjson, .parquet, .xlsx or .zip file; name it for "
            "what it holds"
        )
    if found in ("parquet", "xlsx", "zip") and packed:
        raise RefusedUpload(f"{name!r}: a .{found} file is packed by itself; upload it as it is")
    return FileFormat(found, packed)


def content_sha256(path: Path) -> str:
    """The SHA-256 of a file's decompressed content, equal for equal tables.

    Raises:
        RefusedUpload: broken packed data, or more bytes than an honest file of its size would hold.
    """
    digest = hashlib.sha256()
    with unpacked(path) as stream:
        while data := stream.read(_CHUNK):
            digest.update(data)
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file as it is."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Unpacked:
    """The decompressed bytes of a file, up to a limit; ``head`` is their beginning."""

    def __init__(self, stream: Stream, limit: int, head: bytes = b"") -> None:
        self.head = head
        self._stream = stream
        self._limit = limit
        self._left = limit

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; fewer only at the end.

        Raises:
            RefusedUpload: broken packed data, or more bytes than the limit.
        """
        return self._counted(self._stream.read, size)

    def readline(self, size: int) -> bytes:
        """The rest of a line, up to ``size`` bytes. Raises as ``read``."""
        return self._counted(self._stream.readline, size)

    def _counted(self, take: Callable[[int], bytes], size: int) -> bytes:
        try:
            data = take(size)
        except (OSError, EOFError, zlib.error) as error:
            if isinstance(error, OSError) and error.errno is not None:  # the disk's, not the data's
                raise
            raise RefusedUpload(f"cannot be unpacked: {error}; pack the file again") from error
        self._left -= len(data)
        if self._left < 0:
            raise RefusedUpload(
                f"holds more than {self._limit / 2**20:,.0f} MiB unpacked, which is more than is read of a file of "
                "its size; split it into several files"
            )
        return data


@contextmanager
def unpacked(path: Path) -> Iterator[Unpacked]:
    """Opens a file for reading its decompressed bytes, up to a plausible size.

    Raises:
        RefusedUpload: broken packed data.
    """
    with path.open("rb") as file:
        begins = file.read(_HEAD)
        file.seek(0)
        honest = max(MIN_ALLOWED_UNPACKED, path.stat().st_size * MAX_TIMES_PACKED)
        unpacking = _unpacking(file, begins)
        limit = min(honest, MAX_UNPACKED_BYTES) if unpacking else MAX_UNPACKED_BYTES
        stream = unpacking or file
        head = Unpacked(stream, limit).read(_HEAD)
        stream.seek(0)
        yield Unpacked(stream, limit, head)


def _unpacking(file: BinaryIO, begins: bytes) -> gzip.GzipFile | bz2.BZ2File | None:
    """What reads a packed file; None of a file that begins otherwise."""
    if begins.startswith(_GZIP):
        return gzip.GzipFile(fileobj=file)
    return bz2.BZ2File(file) if _is_bzip2(begins) else None


def refuse_binary(head: bytes) -> None:
    """Raises RefusedUpload where ``head`` begins another kind of file than text; names the kind."""
    for begins, what in _BINARIES.items():
        if head.startswith(begins) and (not begins.isalnum() or _is_binary(head)):
            raise RefusedUpload(f"is {what}")


def _is_binary(head: bytes) -> bool:
    """Whether bytes are not text, which never holds NUL; a column may be named ORC."""
    return b"\0" in head
