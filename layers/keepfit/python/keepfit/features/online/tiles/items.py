"""Items of tiles, and how they are named.

Of each bucket of time there is an item with the rows that happened in it: all else is made of those. By the bucket from
which rows count there is another, so that what began to count in the newest bucket is found wherever it happened. Some
buckets together have an item with states, by the bucket that rows happened in and that from which they count.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from keepfit.features.online.tiles.measures import Resolution
from keepfit.features.online.tiles.rows import TileRow

Kind = TypeVar("Kind", bound="Happened | Counted | Group")


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


class GroupTotal(msgspec.Struct, kw_only=True):
    """The states of all buckets of a group together.

    ``latest`` is the last bucket from which any row counts. ``total`` is None where a bucket is crowded.
    """

    measures: list[str]
    latest: int = NEVER
    total: list[Any] | None = []


class Group(msgspec.Struct, kw_only=True):
    """The states of a group of buckets, together and by bucket.

    Its text has a line of each, so that who needs the first does not read the second.
    """

    whole: GroupTotal
    slots: dict[int, StateSlot] = {}

    @property
    def contents(self) -> list[str]:
        """The keys of what it has states of."""
        return self.whole.measures


Item = Happened | Counted | Group

_encode: Final = msgspec.json.Encoder().encode
_slots: Final = msgspec.json.Decoder(dict[int, StateSlot]).decode
_total: Final = msgspec.json.Decoder(GroupTotal).decode


def to_text(item: Item) -> str:
    """An item as the store holds it."""
    if isinstance(item, Group):
        return f"{_encode(item.whole).decode()}\n{_encode(item.slots).decode()}"
    return _encode(item).decode()


def from_text(text: str, kind: type[Kind]) -> Kind:
    """The item of a ``kind`` that the store holds as ``text``."""
    if issubclass(kind, Group):
        return kind(whole=total_of(text), slots=slots_of(text))
    return msgspec.json.decode(text, type=kind)


def total_of(text: str) -> GroupTotal:
    """The first line of a ``Group``."""
    return _total(text.partition("\n")[0])


def slots_of(text: str) -> dict[int, StateSlot]:
    """The second line of a ``Group``."""
    return _slots(text.partition("\n")[2])


def happened_item(resolution: Resolution, bucket: int) -> str:
    """The name of the item of rows that happened in a bucket."""
    return f"{resolution.name}/happened/{bucket}"


def counted_item(resolution: Resolution, bucket: int) -> str:
    """The name of the item of rows that count from a bucket on."""
    return f"{resolution.name}/counted/{bucket}"


def group_item(resolution: Resolution, group: int) -> str:
    """The name of the item of the states of a group of buckets."""
    return f"{resolution.name}/states/{group}"
