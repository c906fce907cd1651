"""Ports of the online store: items by key, and what is known of each view's materialisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class ItemKey(NamedTuple):
    """The partition of an entity, see ``layout.ViewScope``, and the name of one of its items."""

    entity: str
    item: str


class Held(NamedTuple):
    """What the store holds under a key, and how often that was written."""

    body: str
    writes: int


class Write(NamedTuple):
    """A write of an item that was written ``after`` times; see ``OnlineStore.write``."""

    key: ItemKey
    body: str
    after: int
    expires_at: datetime | None


class OnlineReader(Protocol):
    """Reads items while a client waits."""

    def read(self, keys: Sequence[ItemKey]) -> Mapping[ItemKey, str]:
        """The bodies of those items that exist, maybe as of a second ago.

        Raises:
            ServiceUnavailable: the store does not answer in time.
        """
        ...


class OnlineStore(Protocol):
    """Reads and writes items, each by itself."""

    def read(self, keys: Sequence[ItemKey]) -> Mapping[ItemKey, Held]:
        """Those items that exist, as of now."""
        ...

    def write(self, key: ItemKey, body: str, *, after: int, expires_at: datetime | None) -> None:
        """Writes an item that was written ``after`` times, 0 for one that does not exist.

        It may be gone once ``expires_at`` has passed.

        Raises:
            Conflict: somebody else wrote it since.
        """
        ...

    def write_all(self, writes: Sequence[Write]) -> list[bool]:
        """Writes items, each under its own condition; for each whether it was written."""
        ...
