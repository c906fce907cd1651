"""An uploaded file becomes a Parquet part of good rows and a file of bad ones, in bounded memory.

Text files pass through Python, which numbers their records and finds what is no record, and DuckDB, which types and
checks every value; Parquet files are read by DuckDB alone. Both meet in one table of texts, so one set of rules holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from keepfit.errors import RefusedUpload, ServiceUnavailable
from keepfit.features.checking import Checking, Outcome
from keepfit.features.csv_records import CsvRecords
from keepfit.features.database import database
from keepfit.features.datasets import Source
from keepfit.features.definition import DatasetDefinition
from keepfit.features.formats import LARGEST_UNPACKED, FileFormat, unpacked
from keepfit.features.jsonl_records import JsonlRecords
from keepfit.features.records import LEADING, Batch
from keepfit.features.rendering import quoted, text

MEMORY_MB = 400
MOST_VALUES = 2_000_000_000
# Repeated values take no space in Parquet. More than a few on every byte, and not few at all, is no table of events.
VALUES_ANYWAY = 50_000_000
MOST_VALUES_PER_BYTE = 20
_SEGMENT = 64 * 2**20
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")


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
    """
    with database(folder, memory_mb=MEMORY_MB) as connection:
        checking = Checking(connection, dataset, folder)
        if found.format == "parquet":
            ignored = _check_parquet(connection, path, checking)
        else:
            ignored = _check_text(path, found, checking)
        return checking.outcome(source=source, at=at, ignored_columns=ignored)


def _check_text(path: Path, found: FileFormat, checking: Checking) -> list[str]:
    with unpacked(path, packed=found.packed) as stream:
        records: CsvRecords | JsonlRecords
        if found.format == "csv":
            records = CsvRecords(stream)
            _require(checking.names, records.columns)
            extras = set(records.columns) - set(checking.names)
        else:
            records = JsonlRecords(stream, checking.names)
            extras = records.extras
        segment = checking.folder / "segment.csv"
        for size in _segments(records.batches(), segment):
            read = checking.check(_texts(segment, records.columns, checking.names))
            if read != size:
                raise RefusedUpload(
                    f"DuckDB reads {read} of {size} records that lie in a row; send us the file"
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


def _check_parquet(connection: Any, path: Path, checking: Checking) -> list[str]:
    file = text(str(path))
    with _as_parquet():
        # Metadata is asked for first: it is small, and it says how much the file promises.
        [(rows, unpacked_bytes)] = connection.execute(
            f"SELECT (SELECT sum(num_rows) FROM parquet_file_metadata({file})), "  # noqa: S608
            f"(SELECT sum(total_uncompressed_size) FROM parquet_metadata({file}))"
        ).fetchall()
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({file})").fetchall()  # noqa: S608
    types = {str(name): str(kind) for name, kind, *_ in described}
    _limit(
        rows=int(rows or 0),
        columns=len(types),
        unpacked_bytes=int(unpacked_bytes or 0),
        file_bytes=path.stat().st_size,
    )
    _require(checking.names, types)
    _refuse_nested(checking.names, types)
    chosen = (f"CAST({quoted(name)} AS VARCHAR) AS t{number}" for number, name in enumerate(checking.names))
    flawless = (
        "CAST(NULL AS VARCHAR) AS _field, CAST(NULL AS VARCHAR) AS _reason, CAST(NULL AS VARCHAR) AS _value"
    )
    with _as_parquet():
        checking.check(
            f"SELECT file_row_number + 1 AS _row, {flawless}, {', '.join(chosen)} "  # noqa: S608
            f"FROM read_parquet({file}, file_row_number = true)"
        )
    return sorted(types.keys() - set(checking.names))


@contextmanager
def _as_parquet() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        if "No space left" in str(error):
            raise ServiceUnavailable(f"the working folder is full: {error}") from error
        raise RefusedUpload(f"cannot be read as Parquet: {str(error).splitlines()[0]}") from error


def _limit(*, rows: int, columns: int, unpacked_bytes: int, file_bytes: int) -> None:
    values = rows * columns
    if values > MOST_VALUES or (values > VALUES_ANYWAY and values > file_bytes * MOST_VALUES_PER_BYTE):
        raise RefusedUpload(
            f"promises {rows:,} rows of {columns} columns in {file_bytes:,} bytes, which is more than is read of a "
            "file of its size; split it into several files"
        )
    if unpacked_bytes > LARGEST_UNPACKED:
        raise RefusedUpload(
            f"holds more than {LARGEST_UNPACKED / 2**30:g} GiB unpacked; split it into several files"
        )


def _require(names: Sequence[str], columns: Sequence[str] | Mapping[str, str]) -> None:
    missing = [name for name in names if name not in columns]
    if missing:
        raise RefusedUpload(
            f"has no column {', '.join(missing)}; its columns are {', '.join(list(columns)[:50]) or 'none'}"
        )


def _refuse_nested(names: Sequence[str], types: Mapping[str, str]) -> None:
    for name in names:
        if types[name].startswith(_NESTED) or types[name].endswith("]"):
            raise RefusedUpload(
                f"column {name} is a {types[name]}; write plain numbers, texts, truths or times"
            )
