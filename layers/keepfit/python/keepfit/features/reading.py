"""An uploaded file becomes a Parquet part of good rows and a file of bad ones, in bounded memory.

Text files pass through Python, which numbers their records and finds what is no record, and DuckDB, which types and
checks every value; Parquet files are read by DuckDB alone, in a process that may be lost. Both meet in one table of
texts, so one set of rules holds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from keepfit.errors import RefusedUpload
from keepfit.features.checking import MEMORY_MB, Checking, Outcome
from keepfit.features.csv_records import CsvRecords
from keepfit.features.database import database
from keepfit.features.datasets import Source
from keepfit.features.definition import DatasetDefinition
from keepfit.features.formats import LONGEST_READING_S, FileFormat, unpacked
from keepfit.features.jsonl_records import JsonlRecords
from keepfit.features.parquet_reading import Reading, read_apart
from keepfit.features.records import LEADING, Batch
from keepfit.features.refusing import refusing
from keepfit.features.rendering import text

_SEGMENT = 64 * 2**20


def read_upload(
    path: Path, found: FileFormat, *, dataset: DatasetDefinition, source: Source, folder: Path, at: datetime
) -> Outcome:
    """Checks every row of the file at ``path``.

    Args:
        path: the upload, in ``folder``.
        found: what the file's name promises.
        dataset: what a good row is.
        source: where the file came from, for the lineage columns.
        folder: an empty working folder beside ``path``; the outcome's files are in it.
        at: when it is ingested.

    Raises:
        RefusedUpload: unreadable, too large, no rows, a missing column, or more bad rows than the dataset allows.
        ServiceUnavailable: the disk is full.
    """
    if found.format == "parquet":
        return read_apart(
            Reading(upload=path.name, folder=str(folder), dataset=dataset, source=source, at=at)
        )
    with (
        refusing(found.format.upper(), folder),
        database(folder, memory_mb=MEMORY_MB) as connection,
    ):
        checking = Checking(connection, dataset, folder, at=at)
        ignored = _check_text(path, found, checking)
        return checking.outcome(source=source, ignored_columns=ignored)


def _check_text(path: Path, found: FileFormat, checking: Checking) -> list[str]:
    with unpacked(path, packed=found.packed) as stream:
        records: CsvRecords | JsonlRecords
        if found.format == "csv":
            records = CsvRecords(stream)
            checking.require(records.columns)
            extras = set(records.columns) - set(checking.names)
        else:
            records = JsonlRecords(stream, checking.names)
            extras = records.extras
        segment, started = checking.folder / "segment.csv", time.monotonic()
        for size in _segments(records.batches(), segment):
            read = checking.check(_texts(segment, records.columns, checking.names))
            if read != size:
                raise RefusedUpload(
                    f"DuckDB reads {read} of {size} records that lie in a row; send us the file"
                )
            if time.monotonic() - started > LONGEST_READING_S:
                raise RefusedUpload(
                    f"takes longer than {LONGEST_READING_S} s to read; split it into several files"
                )
    return sorted(extras)


def _segments(batches: Iterable[Batch], path: Path) -> Iterator[int]:
    """Writes the records to ``path``, a segment at a time; each time answers with the number of records there.

    A pipe would need no segments, but DuckDB keeps all that it reads from one.
    """
    remaining = iter(batches)
    while True:
        records = written = 0
        with path.open("w", encoding="utf-8", newline="") as file:
            for made in remaining:
                written += file.write(made.text)
                records += made.size
                if written >= _SEGMENT:
                    break
        if not records:
            return
        yield records


def _texts(segment: Path, columns: Sequence[str], wanted: Sequence[str]) -> str:
    """The records as a table: their number, their flaw, and the wanted columns' texts as t0, t1, ..."""
    types = {name: "BIGINT" if name == "_row" else "VARCHAR" for name in LEADING}
    types |= {f"c{position}": "VARCHAR" for position in range(len(columns))}
    listed = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in types.items())
    chosen = (f"c{columns.index(name)} AS t{number}" for number, name in enumerate(wanted))
    return (
        f"SELECT {', '.join([*LEADING, *chosen])} FROM read_csv({text(str(segment))}, columns = {{{listed}}}, "  # noqa: S608
        "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
        "nullstr = '', allow_quoted_nulls = false, max_line_size = 16777216, parallel = false)"
    )
