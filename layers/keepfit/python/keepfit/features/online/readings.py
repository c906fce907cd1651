"""The interface of readers: the features of one entity, from its items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from keepfit.features.online.ports import ItemKey
from keepfit.instants import to_iso
from keepfit.layout import ViewScope

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The features of an entity as of a moment, by name; what is not there is missing.

    ``happened`` and ``known`` are those of the newest row that they come from, microseconds since 1970, and ``source``
    begins the SHA-256 of its upload. ``windows`` is the state of the tiles that windows were read from.
    """

    state: str
    values: Mapping[str, Any]
    happened: int | None = None
    known: int | None = None
    source: str | None = None
    windows: str | None = None

    @property
    def happened_at(self) -> str:
        return _iso(self.happened)

    @property
    def known_at(self) -> str:
        return _iso(self.known)


class ItemsRead:
    """The items of one entity that a request read, by name; each is decoded once."""

    __slots__ = ("_bodies", "_made")

    def __init__(self, bodies: Mapping[str, str]) -> None:
        self._bodies = bodies
        self._made: dict[Any, Any] = {}

    def get(self, name: str, decode: Callable[[str], Any]) -> Any:
        """What ``decode`` makes of the body of an item, None where there is none."""
        body = self._bodies.get(name)
        return None if body is None else self.once((decode, name), lambda: decode(body))

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What ``make`` returns, called once under each ``key``."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


class EntityReader(Protocol):
    """Reads the features of one view."""

    @property
    def features(self) -> Sequence[str]:
        """Their names."""
        ...

    @property
    def shared(self) -> Sequence[str]:
        """The names of the items of the view as a whole that are needed."""
        ...

    def items(self, moment: int) -> Sequence[str]:
        """The names of the items that are needed of an entity as of ``moment``, microseconds since 1970."""
        ...

    def read(self, items: ItemsRead, shared: ItemsRead, moment: int, now: int) -> Reading:
        """The features as of ``moment``, read ``now``; both are microseconds since 1970.

        ``items`` are those that the entity has, ``shared`` those of the view as a whole.
        """
        ...


def reading_of(
    reader: EntityReader,
    view: ViewScope,
    entity: str,
    moment: int,
    now: int,
    read: Callable[[list[ItemKey]], Mapping[ItemKey, str]],
) -> Reading:
    """The features of one entity, by its key, of the bodies that ``read`` finds."""
    own = [ItemKey(view.entity(entity), name) for name in reader.items(moment)]
    shared = [ItemKey(view.whole, name) for name in reader.shared]
    found = read([*own, *shared])
    items, of_view = ({key.item: found[key] for key in keys if key in found} for keys in (own, shared))
    return reader.read(ItemsRead(items), ItemsRead(of_view), moment, now)


def _iso(micros: int | None) -> str:
    return to_iso(_EPOCH + timedelta(microseconds=micros or 0))
