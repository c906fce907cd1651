"""Uploaded files as streams of bytes: which format a name promises, unpacked up to a limit."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from keepfit.errors import RefusedUpload
from keepfit.features.lines import Stream

Format = Literal["csv", "jsonl", "parquet"]

LARGEST_UPLOAD = 5 * 2**30
LARGEST_UNPACKED = 10 * 2**30
# Two thirds of the function's time; the rest is for the way from the intake and to the lake.
LONGEST_READING_S = 600
# Tables pack 3 to 30 times smaller. What packs 100 times smaller, and is not small, was made to fill a disk.
UNPACKED_ANYWAY = 100 * 2**20
MOST_TIMES_PACKED = 100
_GZIP, _CHUNK = b"\x1f\x8b", 2**20
_EXTENSIONS: dict[str, Format] = {"csv": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet"}


class FileFormat(NamedTuple):
    """What a file is, and whether it is packed with gzip."""

    format: Format
    packed: bool


def format_of(key: str) -> FileFormat:
    """What the name of an upload says that it is.

    Raises:
        RefusedUpload: an unknown extension, or a packed Parquet file.

    >>> format_of("flights/2013-01.csv.gz")
    FileFormat(format='csv', packed=True)
    """
    name = key.rpartition("/")[2].lower()
    stem = name.removesuffix(".gz")
    packed = stem != name
    found = _EXTENSIONS.get(stem.rpartition(".")[2]) if "." in stem else None
    if found is None:
        raise RefusedUpload(
            f"{name!r} is no .csv, .jsonl, .ndjson or .parquet file; name it for what it holds"
        )
    if found == "parquet" and packed:
        raise RefusedUpload(f"{name!r}: Parquet compresses its own columns; upload it without gzip")
    return FileFormat(found, packed)


def content_sha256(path: Path) -> str:
    """The SHA-256 of what a file holds, unpacked where it is packed with gzip: the same table is the same content.

    Raises:
        RefusedUpload: broken gzip data, or more bytes than an honest file of its size would hold.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    with unpacked(path, packed=packed) as stream:
        while data := stream.read(_CHUNK):
            digest.update(data)
    return digest.hexdigest()


class Unpacked:
    """The bytes of a file, packed or not, up to a limit."""

    def __init__(self, stream: Stream, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._left = limit

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; fewer only at the end.

        Raises:
            RefusedUpload: broken gzip data, or more bytes than the limit.
        """
        return self._counted(self._stream.read, size)

    def readline(self, size: int) -> bytes:
        """The rest of a line, up to ``size`` bytes. Raises as ``read``."""
        return self._counted(self._stream.readline, size)

    def _counted(self, take: Callable[[int], bytes], size: int) -> bytes:
        try:
            data = take(size)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise RefusedUpload(f"cannot be unpacked: {error}; pack the file again") from error
        self._left -= len(data)
        if self._left < 0:
            raise RefusedUpload(
                f"holds more than {self._limit / 2**20:,.0f} MiB unpacked, which is more than is read of a file of "
                "its size; split it into several files"
            )
        return data


@contextmanager
def unpacked(path: Path, *, packed: bool) -> Iterator[Unpacked]:
    """Opens a file to be read as its unpacked bytes; of a packed one no more than an honest one would hold."""
    with path.open("rb") as file:
        if packed:
            honest = max(UNPACKED_ANYWAY, path.stat().st_size * MOST_TIMES_PACKED)
            with gzip.GzipFile(fileobj=file) as stream:
                yield Unpacked(stream, min(honest, LARGEST_UNPACKED))
        else:
            yield Unpacked(file, LARGEST_UNPACKED)
