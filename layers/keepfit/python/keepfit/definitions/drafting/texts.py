"""The cells of a file as texts: Parquet files in a working folder, that DuckDB reads column by column."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from keepfit.errors import RefusedUpload
from keepfit.features.ingest.text_batches import records_sql, segments
from keepfit.features.io.archives import archive
from keepfit.features.io.csv_records import CsvRecords, declared_delimiter
from keepfit.features.io.encodings import Text, needs_encoding, text_of
from keepfit.features.io.formats import Unpacked, format_of, refuse_binary
from keepfit.features.io.jsonl_records import JsonlRecords, lines_of
from keepfit.features.io.lines import Line, blocks
from keepfit.features.io.parquet_footer import forget_null_counts
from keepfit.features.io.records import Batch
from keepfit.features.io.xlsx_records import XlsxRecords
from keepfit.features.io.xlsx_sheets import rows_of
from keepfit.features.sql_literals import text

Opened = Unpacked | Text
# One-byte encodings cannot be told apart: this is by far the most common one.
_WESTERN = "windows-1252"
_DELIMITERS = ",;\t|"
_COPY_OPTIONS = "(FORMAT parquet, COMPRESSION lz4)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A file's records: ``sql`` is a relation of ``_row`` and the columns' texts, ``c0``, ``c1``, ... .

    ``unreadable`` counts the records that are no rows; they are not in the relation. ``delimiter`` parts the columns
    of a CSV, and is empty for other files; ``encoding`` is what has to be declared, if anything.
    """

    columns: tuple[str, ...]
    sql: str
    rows: int
    unreadable: int
    delimiter: str = ""
    encoding: str | None = None


def read_texts(connection: Any, path: Path, folder: Path) -> Texts:
    """Reads every cell of the file at ``path`` as an upload of it would be read, in bounded memory.

    Args:
        connection: DuckDB, which may read and write in ``folder``.
        path: CSV or JSON, packed or not, Parquet, a workbook, of which the first sheet is read, or an archive of one
            of them.
        folder: what the file's texts are written to.

    Raises:
        RefusedUpload: no kind of file that is read, or nothing in it.
    """
    form = format_of(path.name)
    if form.format == "zip":
        return _archived(connection, path, folder)
    if form.format == "parquet":
        return _parquet(connection, path, folder)
    if form.format == "xlsx":
        with rows_of(path, None) as rows:
            cells = XlsxRecords(rows, ())
            return _written(connection, cells.batches(), cells.columns, folder)
    encoding = _WESTERN if needs_encoding(path) else None
    with text_of(path, encoding) as stream:
        delimiter, columns = _header(stream) if form.format == "csv" else ("", _keys(stream))
    with text_of(path, encoding) as stream:
        refuse_binary(stream.head)
        records: CsvRecords | JsonlRecords
        if form.format == "csv":
            records = CsvRecords(stream, columns)
        else:
            records = JsonlRecords(lines_of(stream, stream.head), columns)
        texts = _written(connection, records.batches(), records.columns, folder)
    return replace(texts, delimiter=delimiter, encoding=encoding)


def _archived(connection: Any, path: Path, folder: Path) -> Texts:
    """The table of an archive; pictures beside it are no texts."""
    with archive(path) as files:
        table = folder / f"table.{files.form.format}"
        files.unpack_table(table)
    return read_texts(connection, table, folder)


def _header(stream: Opened) -> tuple[str, tuple[str, ...]]:
    """What parts the columns of a CSV, which is what gives the most of them, and their names."""
    refuse_binary(stream.head)
    lines = (line for block in blocks(stream) for line in block.lines())
    texts = (line.text for line in lines if line.text and line.text.strip())
    first = next((text for text in texts if not declared_delimiter(text)), "")
    parted = {delimiter: next(csv.reader([first], delimiter=delimiter), []) for delimiter in _DELIMITERS}
    delimiter = max(parted, key=lambda delimiter: len(parted[delimiter]))
    return delimiter, tuple(name.strip() for name in parted[delimiter])


def _keys(stream: Opened) -> tuple[str, ...]:
    """The names of all fields that an object of the file has, in the order in which they come."""
    refuse_binary(stream.head)
    names: dict[str, None] = {}
    records = _Keys(lines_of(stream, stream.head), ())
    for _ in records.batches():
        names.update(dict.fromkeys(records.ordered))
    return tuple(names)


class _Keys(JsonlRecords):
    """Reads objects for the names of their fields alone."""

    def __init__(self, lines: Iterable[Iterable[Line]], columns: tuple[str, ...]) -> None:
        super().__init__(lines, columns)
        self.ordered: dict[str, None] = {}

    def _named(self, found: Any) -> dict[str, Any]:
        self.ordered.update(dict.fromkeys(found))
        return {}


def _written(connection: Any, batches: Iterator[Batch], columns: tuple[str, ...], folder: Path) -> Texts:
    segment, unreadable = folder / "segment.csv", 0
    files: list[str] = []
    for _ in segments(batches, segment):
        files.append(text(str(folder / f"texts-{len(files):05}.parquet")))
        read = records_sql(segment, len(columns))
        names = ", ".join(["_row", *(f"c{place}" for place in range(len(columns)))])
        [(flawed,)] = connection.execute(f"SELECT count(*) FROM {read} WHERE _reason IS NOT NULL").fetchall()  # noqa: S608
        good = f"SELECT {names} FROM {read} WHERE _reason IS NULL"  # noqa: S608
        connection.execute(f"COPY ({good}) TO {files[-1]} {_COPY_OPTIONS}")
        unreadable += flawed
    segment.unlink(missing_ok=True)
    if not files:
        raise RefusedUpload("holds no rows; draft from a file with at least a hundred")
    return _texts(connection, columns, f"read_parquet([{', '.join(files)}])", unreadable)


def _parquet(connection: Any, path: Path, folder: Path) -> Texts:
    copy, target = folder / "upload.parquet", text(str(folder / "texts-00000.parquet"))
    shutil.copyfile(path, copy)
    forget_null_counts(copy)
    file = f"read_parquet({text(str(copy))}, hive_partitioning = false)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {file}").fetchall()  # noqa: S608
    names = tuple(str(name) for name, *_ in described)
    cells = [
        f"{_cell_sql(f'c{place}', str(kind))} AS c{place}" for place, (_, kind, *_) in enumerate(described)
    ]
    renamed = ", ".join(f"c{place}" for place in range(len(names)))
    rows = f"SELECT row_number() OVER () AS _row, {', '.join(cells)} FROM {file} AS f({renamed})"  # noqa: S608
    connection.execute(f"COPY ({rows}) TO {target} {_COPY_OPTIONS}")
    copy.unlink()
    return _texts(connection, names, f"read_parquet({target})", 0)


def _cell_sql(column: str, kind: str) -> str:
    """The texts of a Parquet column as CSV would hold them; a text without its annotation is bytes."""
    if kind in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN NOT isnan({column}) THEN CAST({column} AS VARCHAR) END"
    return f"nullif({f'TRY(decode({column}))' if kind == 'BLOB' else f'CAST({column} AS VARCHAR)'}, '')"


def _texts(connection: Any, columns: tuple[str, ...], sql: str, unreadable: int) -> Texts:
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {sql}").fetchall()  # noqa: S608
    return Texts(columns=columns, sql=sql, rows=rows, unreadable=unreadable)
