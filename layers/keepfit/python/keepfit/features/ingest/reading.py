"""Reads an uploaded file into a Parquet part of good rows and a file of bad ones.

Memory is bounded.

Text files pass through Python, which numbers their records and finds what is no record, and DuckDB, which types and
checks every value; Parquet files are read by DuckDB alone, in a process that may be lost. Both meet in one table of
texts, so one set of rules holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from keepfit.errors import RefusedUpload
from keepfit.features.database import database
from keepfit.features.datasets.manifest import Source
from keepfit.features.ingest.outcome import Outcome
from keepfit.features.ingest.parquet_reading import Reading, read_apart
from keepfit.features.ingest.upload_errors import refusing
from keepfit.features.ingest.validation import MEMORY_MB, Checking
from keepfit.features.io.csv_records import CsvRecords
from keepfit.features.io.encodings import text_of
from keepfit.features.io.formats import MAX_READING_S, FileFormat, refuse_binary
from keepfit.features.io.jsonl_records import JsonlRecords, lines_of
from keepfit.features.io.records import LEADING, Batch
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import text

_SEGMENT = 64 * 2**20


def read_upload(
    path: Path, found: FileFormat, *, dataset: DatasetDefinition, source: Source, folder: Path, at: datetime
) -> Outcome:
    """Validates every row of the file at ``path``.

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
        ignored = _check_text(path, found, dataset, checking)
        return checking.outcome(source=source, ignored_columns=ignored)


def _check_text(path: Path, found: FileFormat, dataset: DatasetDefinition, checking: Checking) -> list[str]:
    with text_of(path, dataset.encoding or None) as stream:
        refuse_binary(stream.head)
        records: CsvRecords | JsonlRecords
        chosen: list[int | None]
        if found.format == "csv":
            records = CsvRecords(stream, checking.headers)
            chosen = checking.match(records.columns)
            extras = {name for place, name in enumerate(records.columns) if name and place not in chosen}
        else:
            records = JsonlRecords(lines_of(stream, stream.head), checking.headers, _spellings(checking))
            chosen, extras = [*range(len(checking.names))], records.extras
        segment, started = checking.folder / "segment.csv", time.monotonic()
        for size in segments(records.batches(), segment):
            segment_sql = records_sql(segment, len(records.columns))
            if isinstance(records, CsvRecords) and records.unnamed:
                _refuse_unnamed(segment_sql, checking, records)
            read = checking.check(_texts(segment_sql, chosen, checking))
            if read != size:
                raise RefusedUpload(
                    f"DuckDB reads {read} of {size} records that lie in a row, a fault of keepfit: "
                    "quote every text in the file, or upload it as Parquet, and report the fault"
                )
            if time.monotonic() - started > MAX_READING_S:
                raise RefusedUpload(
                    f"takes longer than {MAX_READING_S} s to read; split it into several files"
                )
        if isinstance(records, JsonlRecords) and records.objects:
            checking.match(sorted(records.found | extras))
    return sorted(extras)


def _refuse_unnamed(segment: str, checking: Checking, records: CsvRecords) -> None:
    """Refuses values in columns without a name, which spreadsheets write after the last one."""
    last = len(records.columns)
    values = ", ".join(f"c{place}" for place in range(last - records.unnamed, last))
    [(row,)] = checking.ask(f"SELECT min(_row) FROM {segment} WHERE coalesce({values}, NULL) IS NOT NULL")  # noqa: S608
    if row is not None:
        raise RefusedUpload(
            f"row {row} has a value in a column to which the header gives no name; name the column, or empty it"
        )


def segments(batches: Iterable[Batch], path: Path) -> Iterator[int]:
    """Writes the records to ``path``, a segment at a time, and yields the number of records.

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


def _spellings(checking: Checking) -> dict[str, Callable[[Any], str]]:
    """How a number in JSON is written, by the columns of which a text would be read as another number."""
    spellings = {
        header: partial(type_of(form.type).spelled, form)
        for header, form in zip(checking.headers, checking.forms.values(), strict=True)
    }
    return {header: spelled for header, spelled in spellings.items() if spelled(0.5) != "0.5"}


def _texts(segment: str, chosen: Sequence[int | None], checking: Checking) -> str:
    """The records' number, their flaw, and the texts of the chosen columns as t0, t1, ..."""
    row, field, *flaw = LEADING
    renamed = [
        f"WHEN {text(header)} THEN {text(name)}"
        for header, name in zip(checking.headers, checking.names, strict=True)
        if header != name
    ]
    named = f"CASE {field} {' '.join(renamed)} ELSE {field} END AS {field}" if renamed else field
    texts = (
        f"{'CAST(NULL AS VARCHAR)' if place is None else f'c{place}'} AS t{number}"
        for number, place in enumerate(chosen)
    )
    return f"SELECT {', '.join([row, named, *flaw, *texts])} FROM {segment}"  # noqa: S608


def records_sql(segment: Path, columns: int) -> str:
    """The records as a table: ``LEADING``, and their columns by position as c0, c1, ..."""
    types = {name: "BIGINT" if name == "_row" else "VARCHAR" for name in LEADING}
    types |= {f"c{position}": "VARCHAR" for position in range(columns)}
    listed = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in types.items())
    return (
        f"read_csv({text(str(segment))}, columns = {{{listed}}}, "
        "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
        "nullstr = '', allow_quoted_nulls = false, max_line_size = 16777216, parallel = false)"
    )
