"""Reads an uploaded archive, a table and the pictures that it names, in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from keepfit.features.ingest import parquet_reading, xlsx_reading
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.reader_process import Reading, answer, run
from keepfit.features.ingest.text_reading import read_text
from keepfit.features.io.archives import archive

_READER = __name__
_WHAT = "a ZIP archive"
_TABLE = "table"


def read_apart(reading: Reading) -> Outcome:
    """Runs ``read_archive`` in a process of its own. Raises as ``reader_process.run``."""
    return run(_READER, reading, _WHAT)


def read_archive(reading: Reading) -> Outcome:
    """Validates every row of the archive's table; a cell of an image may name a file of the archive.

    Raises:
        RefusedUpload: see ``reading.read_upload``.
        ServiceUnavailable: the disk is full.
    """
    folder = Path(reading.folder)
    with archive(folder / reading.upload) as files:
        found, table = files.form, folder / _TABLE
        files.unpack_table(table)
        inside = msgspec.structs.replace(reading, upload=_TABLE)
        if found.format == "parquet":
            return parquet_reading.read_parquet(inside, files)
        if found.format == "xlsx":
            return xlsx_reading.read_workbook(inside, files)
        return read_text(
            table,
            found,
            dataset=reading.dataset,
            source=reading.source,
            folder=folder,
            at=reading.at,
            files=files,
        )


if __name__ == "__main__":
    answer(Path(sys.argv[1]), read_archive, _WHAT)
