"""Passes numbered records to DuckDB, some megabytes of text at a time, so that memory is bounded."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from keepfit.errors import RefusedUpload
from keepfit.features.ingest.cell_validation import Checking
from keepfit.features.io.formats import MAX_READING_S
from keepfit.features.io.records import LEADING, Batch
from keepfit.features.sql_literals import text

_SEGMENT = 64 * 2**20


class Records(Protocol):
    """The records of a file; ``unnamed`` is how many columns at the end have no name."""

    columns: tuple[str, ...]

    @property
    def unnamed(self) -> int:
        """How many columns at the end have no name."""
        ...

    def batches(self) -> Iterator[Batch]:
        """Every record; see ``records``."""
        ...


def check_records(records: Records, chosen: Sequence[int | None], checking: Checking) -> None:
    """Checks every record; ``chosen`` has the place of each field's column.

    Raises:
        RefusedUpload: a column without a name has values, or reading takes too long.
    """
    segment, started = checking.folder / "segment.csv", time.monotonic()
    for size in segments(records.batches(), segment):
        segment_sql = records_sql(segment, len(records.columns))
        if records.unnamed:
            _refuse_unnamed(segment_sql, checking, records)
        read = checking.check(_texts(segment_sql, chosen, checking))
        if read != size:
            raise RefusedUpload(
                f"DuckDB reads {read} of {size} records that lie in a row, a fault of keepfit: "
                "quote every text in the file, or upload it as Parquet, and report the fault"
            )
        if time.monotonic() - started > MAX_READING_S:
            raise RefusedUpload(f"takes longer than {MAX_READING_S} s to read; split it into several files")


def segments(batches: Iterable[Batch], path: Path, *, most: int | None = None) -> Iterator[int]:
    """Writes the records to ``path``, a segment at a time, and yields the number of records.

    A segment ends with the batch that brings it to ``most`` records, if not before.

    A pipe would need no segments, but DuckDB keeps all that it reads from one.
    """
    remaining = iter(batches)
    while True:
        records = written = 0
        with path.open("w", encoding="utf-8", newline="") as file:
            for made in remaining:
                written += file.write(made.text)
                records += made.size
                if written >= _SEGMENT or (most is not None and records >= most):
                    break
        if not records:
            return
        yield records


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


def _refuse_unnamed(segment: str, checking: Checking, records: Records) -> None:
    """Refuses values in columns without a name, which spreadsheets write after the last one."""
    last = len(records.columns)
    values = ", ".join(f"c{place}" for place in range(last - records.unnamed, last))
    [(row,)] = checking.ask(f"SELECT min(_row) FROM {segment} WHERE coalesce({values}, NULL) IS NOT NULL")  # noqa: S608
    if row is not None:
        raise RefusedUpload(
            f"row {row} has a value in a column to which the header gives no name; name the column, or empty it"
        )


def _texts(segment: str, chosen: Sequence[int | None], checking: Checking) -> str:
    """The records' number, their flaw, and the texts of the chosen columns as t0, t1, ..."""
    row, field, *flaw = LEADING
    renamed = [f"WHEN {text(header)} THEN {text(name)}" for header, name in checking.renamed.items()]
    named = f"CASE {field} {' '.join(renamed)} ELSE {field} END AS {field}" if renamed else field
    texts = (
        checking.text(number, "CAST(NULL AS VARCHAR)" if place is None else f"c{place}")
        for number, place in enumerate(chosen)
    )
    return f"SELECT {', '.join([row, named, *flaw, *texts])} FROM {segment}"  # noqa: S608
