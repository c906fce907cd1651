"""Items of tiles, and how they are named.

Of each bucket of time there is an item with the rows that happened in it: all else is made of those. By the bucket from
which rows count there is another, so that what began to count in the newest bucket is found wherever it happened. Some
buckets together have an item with states, by the bucket that rows happened in and that from which they count.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from keepfit.features.online.tiles.measures import Resolution
from keepfit.features.online.tiles.rows import TileRow


class Happened(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The rows that happened in a bucket; ``counted`` are the buckets from which any of them ever counted.

    ``crowded`` says that there were more than are kept, and that none is.
    """

    columns: list[str]
    rows: list[TileRow] = []
    counted: list[int] = []
    crowded: bool = False

    @property
    def contents(self) -> list[str]:
        """The keys of what it has values of."""
        return self.columns


class CountedSlot(msgspec.Struct, array_like=True):
    """Rows that happened in one bucket, as its item was after so many ``writes``."""

    writes: int
    rows: list[TileRow]


class Counted(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The rows that count from a bucket on, by the bucket that they happened in.

    ``crowded`` says that there were more than are kept, and that none is.
    """

    columns: list[str]
    slots: dict[int, CountedSlot] = {}
    crowded: bool = False

    @property
    def contents(self) -> list[str]:
        """The keys of what it has values of."""
        return self.columns


class StateSlot(msgspec.Struct, array_like=True):
    """The states of the rows of one bucket, by the bucket from which they count; None where it is crowded."""

    writes: int
    states: dict[int, list[Any]] | None


NEVER: Final = -(2**62)
"""A bucket before all others."""


class Group(msgspec.Struct, kw_only=True):
    """The states of a group of buckets, by bucket.

    ``latest`` is the last bucket from which any row counts.
    ``total`` are the states of all of them; None where a bucket is crowded.
    """

    measures: list[str]
    latest: int = NEVER
    total: list[Any] | None = []
    slots: dict[int, StateSlot] = {}

    @property
    def contents(self) -> list[str]:
        """The keys of what it has states of."""
        return self.measures


class GroupTotal(msgspec.Struct, kw_only=True):
    """A ``Group`` whose buckets are not read until they are needed."""

    measures: list[str]
    latest: int
    total: list[Any] | None
    slots: msgspec.Raw


def happened_item(resolution: Resolution, bucket: int) -> str:
    """The name of the item of rows that happened in a bucket."""
    return f"{resolution.name}/happened/{bucket}"


def counted_item(resolution: Resolution, bucket: int) -> str:
    """The name of the item of rows that count from a bucket on."""
    return f"{resolution.name}/counted/{bucket}"


def group_item(resolution: Resolution, group: int) -> str:
    """The name of the item of the states of a group of buckets."""
    return f"{resolution.name}/states/{group}"
