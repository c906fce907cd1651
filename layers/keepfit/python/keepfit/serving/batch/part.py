"""A part of a batch's file: rows that are read, scored and written at once."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

ROW: Final = "row"
"""The column of a result that says which row of the file it is of."""

MAX_ROWS: Final = 1_000_000
"""Of a part, so that its answers have room in memory."""

MEMORY_MB: Final = 400
"""What DuckDB may take before it spills."""

TableFormat = Literal["parquet", "records"]
"""How a part is stored: rows of a Parquet file, or numbered records of texts; see ``features.io.records``."""


class TableColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the file: its name there, and its DuckDB type."""

    name: str
    kind: str = "VARCHAR"


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of a file, from ``start`` up to ``end``."""

    start: int
    end: int


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a file: ``first``, from 0, is where they begin among those of a Parquet file.

    ``spans`` are the bytes that they need of it, empty where that is the whole file.
    """

    number: int
    first: int
    rows: int
    spans: list[Span] = []

    @property
    def name(self) -> str:
        """What the names of its files begin with.

        >>> Part(number=7, first=0, rows=1).name
        'part-00007'
        """
        return f"part-{self.number:05}"
