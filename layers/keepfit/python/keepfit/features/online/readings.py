"""The interface of readers: the features of one entity, from its items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from keepfit.features.online.ports import ItemKey
from keepfit.instants import to_iso

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


class EntityReader(Protocol):
    """Reads the features of one view."""

    @property
    def features(self) -> Sequence[str]:
        """Their names."""
        ...

    def keys(self, entity: Sequence[Any], moment: int) -> Sequence[ItemKey]:
        """The items that are needed of an entity of typed values; none where a value is missing."""
        ...

    def read(self, bodies: Sequence[str | None], moment: int) -> Reading:
        """The features as of ``moment``, microseconds since 1970, from the items of ``keys``, None for none."""
        ...


def _iso(micros: int | None) -> str:
    return to_iso(_EPOCH + timedelta(microseconds=micros or 0))
