"""The table of a Parquet file: its columns, its parts, and the rows of a part as a relation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from keepfit.errors import RefusedUpload
from keepfit.features.ingest.parquet_limits import promised_columns
from keepfit.features.io.parquet_footer import forget_null_counts
from keepfit.features.sql_literals import text
from keepfit.serving.batch.part import MAX_ROWS, Part, Span, TableColumn

_MAX_VALUES: Final = 24_000_000
"""Of a part: many enough that reading a file is little, few enough for the memory of a function."""
TAIL: Final = 8
"""Bytes at the end of a file: the length of its footer, and what it is."""
_HEAD = 4


def parquet_columns(connection: Any, path: Path) -> list[TableColumn]:
    """The columns of the file at ``path``, whose footer is made to tell nothing wrong.

    Raises:
        RefusedUpload: it promises more than the limits of one file.
    """
    forget_null_counts(path)

    def ask(query: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = connection.execute(query).fetchall()
        return found

    return [TableColumn(name=name, kind=kind) for name, kind in promised_columns(ask, path)]


def parquet_parts(connection: Any, path: Path, columns: int) -> list[Part]:
    """The parts of a file: whole row groups as long as there is room, or pieces of a large one.

    Raises:
        RefusedUpload: it holds no rows.
    """
    groups = connection.execute(
        "SELECT row_group_num_rows, min(least(coalesce(dictionary_page_offset, data_page_offset), data_page_offset)), "
        "max(least(coalesce(dictionary_page_offset, data_page_offset), data_page_offset) + total_compressed_size) "
        f"FROM parquet_metadata({text(str(path))}) GROUP BY row_group_id, row_group_num_rows ORDER BY row_group_id"
    ).fetchall()
    most = max(1, min(MAX_ROWS, _MAX_VALUES // max(columns, 1)))
    parts = list(_parts([(rows, Span(start=start, end=end)) for rows, start, end in groups if rows], most))
    if len(parts) == 1:  # all of the file, of which nothing need be left out
        return [msgspec.structs.replace(parts[0], spans=[])]
    if not parts:
        raise RefusedUpload("holds no rows; give a file with at least one")
    return parts


def _parts(groups: Sequence[tuple[int, Span]], most: int) -> Iterator[Part]:
    number = first = rows = 0
    spans: list[Span] = []
    for size, span in groups:
        if rows and rows + size > most:
            yield Part(number=number, first=first, rows=rows, spans=spans)
            number, first, rows, spans = number + 1, first + rows, 0, []
        rows, spans, piece = rows + size, [*spans, span], size
        while rows > most:  # one group alone
            piece = min(most, rows)
            yield Part(number=number, first=first, rows=piece, spans=spans)
            number, first, rows = number + 1, first + piece, rows - piece
        if not rows:
            spans = []
    if rows:
        yield Part(number=number, first=first, rows=rows, spans=spans)


def parquet_rows(path: Path, part: Part, columns: int) -> str:
    """The rows of a part as a query of their number, from 1, no flaw, and columns c0, c1, ... by position.

    What the file's footer says of its row groups keeps others than the part's from being read.
    """
    wanted = f"WHERE _place BETWEEN {part.first} AND {part.first + part.rows - 1}" if part.spans else ""
    names = ", ".join([*(f"c{place}" for place in range(columns)), "_place"])
    nothing = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in ("_field", "_reason", "_value"))
    return (
        f"SELECT _place + 1 AS _row, {nothing}, * EXCLUDE (_place) FROM "
        f"read_parquet({text(str(path))}, hive_partitioning = false, file_row_number = true) AS f({names}) {wanted}"
    )


def footer_span(size: int, tail: bytes) -> Span:
    """The bytes of a file's footer, by the last eight of its ``size``.

    Raises:
        RefusedUpload: it is no Parquet file.
    """
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != b"PAR1" or length > size - TAIL - _HEAD:
        raise RefusedUpload("cannot be read as Parquet: it does not end as such a file does")
    return Span(start=size - TAIL - length, end=size)
