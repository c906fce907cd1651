"""The declared columns and sizes of a Parquet file, and the limits on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from keepfit.errors import RefusedUpload
from keepfit.features.io.formats import MAX_UNPACKED_BYTES
from keepfit.features.sql_literals import text

# Of more, the names alone keep DuckDB busy for minutes.
MAX_COLUMNS = 10_000
MAX_VALUES = 2_000_000_000
# Repeated values take no space in Parquet. More than a few on every byte, and not few at all, is no table of events.
MIN_ALLOWED_VALUES = 50_000_000
MAX_VALUES_PER_BYTE = 20


Ask = Callable[[str], list[tuple[Any, ...]]]
"""The rows of a query."""


def promised_columns(ask: Ask, path: Path) -> list[tuple[str, str]]:
    """Names and DuckDB types of a file that declares no more than the limits of one file."""
    file = text(str(path))
    # Metadata is asked for first: it is small, and it says how much the file promises.
    [(rows, columns, unpacked_bytes)] = ask(
        f"SELECT (SELECT sum(num_rows) FROM parquet_file_metadata({file})), "  # noqa: S608
        f"(SELECT count(*) - 1 FROM parquet_schema({file})), "
        f"(SELECT sum(total_uncompressed_size) FROM parquet_metadata({file}))"
    )
    _limit(
        rows=int(rows or 0),
        columns=columns,
        unpacked_bytes=int(unpacked_bytes or 0),
        file_bytes=path.stat().st_size,
    )
    described = ask(f"DESCRIBE SELECT * FROM read_parquet({file}, hive_partitioning = false)")  # noqa: S608
    elements = ask(f"SELECT name, num_children FROM parquet_schema({file})")  # noqa: S608
    names = _outermost(elements)
    kinds = [str(kind) for _, kind, *_ in described]
    if len(names) != len(kinds):
        raise RefusedUpload("cannot be read as Parquet: its schema does not match its columns")
    return list(zip(names, kinds, strict=True))


def _outermost(elements: Sequence[tuple[str, int | None]]) -> list[str]:
    """The columns' names in the file; DuckDB renames those that differ only in case."""
    names, inside = [], 0
    for name, children in elements[1:]:
        if inside:
            inside -= 1
        else:
            names.append(str(name))
        inside += children or 0
    return names


def _limit(*, rows: int, columns: int, unpacked_bytes: int, file_bytes: int) -> None:
    if columns > MAX_COLUMNS:
        raise RefusedUpload(
            f"has {columns:,} columns, of which no more than {MAX_COLUMNS:,} are read; leave out what is not needed"
        )
    values = rows * columns
    if values > MAX_VALUES or (values > MIN_ALLOWED_VALUES and values > file_bytes * MAX_VALUES_PER_BYTE):
        raise RefusedUpload(
            f"promises {rows:,} rows of {columns} columns in {file_bytes:,} bytes, which is more than is read of a "
            "file of its size; split it into several files"
        )
    if unpacked_bytes > MAX_UNPACKED_BYTES:
        raise RefusedUpload(
            f"holds more than {MAX_UNPACKED_BYTES / 2**30:g} GiB unpacked; split it into several files"
        )
