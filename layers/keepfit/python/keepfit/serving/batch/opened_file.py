"""A file of a batch, opened: its columns, and its parts one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keepfit.errors import RefusedUpload
from keepfit.features.database import database
from keepfit.features.ingest.upload_errors import refusing
from keepfit.features.io.formats import FileFormat, format_of
from keepfit.features.schema.signature import Signature
from keepfit.serving.batch.parquet_table import parquet_columns, parquet_parts
from keepfit.serving.batch.part import MEMORY_MB, Part, TableColumn, TableFormat
from keepfit.serving.batch.part_files import ResultFormat
from keepfit.serving.batch.text_table import text_table


@dataclass(frozen=True, kw_only=True)
class OpenedFile:
    """``parts`` yields each part with the file that holds it, which the next one may take the place of."""

    stored: TableFormat
    columns: list[TableColumn]
    parts: Iterator[tuple[Part, Path]]


def readable_format(name: str) -> FileFormat:
    """The format by the name of a file.

    Raises:
        RefusedUpload: no batch is read of such a file.
    """
    found = format_of(name)
    if found.format == "zip":
        raise RefusedUpload(
            "is an archive, of which no batch is read; give the table in it, with pictures in base64 where it has any"
        )
    return found


def result_format(found: FileFormat) -> ResultFormat:
    """The default format of results: that of the file, or CSV."""
    return "parquet" if found.format == "parquet" else "csv"


@contextmanager
def opened(path: Path, found: FileFormat, signature: Signature, folder: Path) -> Iterator[OpenedFile]:
    """Opens the file at ``path``, which lies in the empty working folder ``folder``.

    Raises:
        RefusedUpload: it cannot be read, holds no rows, or is larger than one file may be.
        ServiceUnavailable: the disk is full.
    """
    if found.format == "parquet":
        with refusing("Parquet", folder), database(folder, memory_mb=MEMORY_MB) as connection:
            columns = parquet_columns(connection, path)
            parts = parquet_parts(connection, path, len(columns))
        yield OpenedFile(stored="parquet", columns=columns, parts=((part, path) for part in parts))
        return
    with (
        refusing(found.format.upper(), folder),
        text_table(path, found, signature.instance_columns) as table,
    ):
        into = folder / "records.csv"
        yield OpenedFile(
            stored="records", columns=table.columns, parts=((part, into) for part in table.parts(into))
        )
