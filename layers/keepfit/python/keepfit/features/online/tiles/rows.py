"""Rows in tiles: what windows need of an event, and which uploads it came with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from keepfit.instants import to_iso

Keeps = Callable[[str, int], bool]
"""Whether a row of a source, uploaded at an instant (microseconds), is still a part of the dataset, or will be."""

_write = msgspec.json.Encoder(order="deterministic").encode
_ID_BYTES: Final = 8


class TileRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One event; of rows that are equal in every field there is one.

    Times are microseconds since 1970; ``values`` are of the columns of its item, None where it has none; ``sources``
    are the uploads that it came with, and when those were.
    """

    id: str
    happened: int
    known: int
    values: list[Any]
    sources: list[tuple[str, int]]

    @property
    def counts_from(self) -> int:
        """When it had happened and was known."""
        return max(self.happened, self.known)


def row_id(fields: Sequence[Any]) -> str:
    """The identity of a row by the typed values of all fields of its dataset."""
    values = [
        to_iso(v) if isinstance(v, datetime) else v + 0.0 if isinstance(v, float) else v for v in fields
    ]
    return hashlib.blake2b(_write(values), digest_size=_ID_BYTES).hexdigest()


def merged_rows(held: Iterable[TileRow], new: Iterable[TileRow], keeps: Keeps) -> list[TileRow]:
    """Each row once with all its sources, in the order of time; rows without a source are none any more."""
    rows: dict[str, TileRow] = {}
    for row in (*held, *new):
        before = rows.get(row.id)
        both = [*before.sources, *row.sources] if before else row.sources
        sources = sorted({source: at for source, at in both if keeps(source, at)}.items())
        rows[row.id] = msgspec.structs.replace(row, sources=sources)
    kept = [row for row in rows.values() if row.sources]
    return sorted(kept, key=lambda row: (row.happened, row.known, row.id))
