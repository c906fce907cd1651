"""Reads all features of a view that a model looks up: the newest values, and windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from keepfit.features.online.latest import LatestReader
from keepfit.features.online.readings import ItemsRead, Reading
from keepfit.features.schema.signature import Lookup

if TYPE_CHECKING:
    from keepfit.features.online.tiles.read import TileReader

_US = 1_000_000


class ViewReader:
    """See ``readings.EntityReader``; make one per model and keep it."""

    __slots__ = ("_delay", "_latest", "_tiles", "features")

    def __init__(self, lookup: Lookup) -> None:
        self.features = lookup.features
        self._delay = lookup.delay_s * _US
        windows = {window.name for window in lookup.windows or ()}
        latest = [feature for feature in lookup.features if feature not in windows]
        self._latest = LatestReader(replace(lookup, features=latest)) if latest else None
        self._tiles = _tile_reader(lookup) if windows else None

    def items(self, moment: int) -> Sequence[str]:
        newest = self._latest.items(moment) if self._latest else ()
        return newest if self._tiles is None else [*newest, *self._tiles.items(moment - self._delay)]

    @property
    def shared(self) -> Sequence[str]:
        return () if self._tiles is None else self._tiles.shared

    def read(self, items: ItemsRead, shared: ItemsRead, moment: int, now: int) -> Reading:
        newest = self._latest.read(items, shared, moment, now) if self._latest else None
        if self._tiles is None:
            return newest or Reading(state="absent", values={})
        values, state = self._tiles.read(items, shared, moment - self._delay, asked=moment, now=now)
        if newest is None:
            return Reading(state=state, values=values, windows=state)
        return replace(newest, values={**newest.values, **values}, windows=state)


def _tile_reader(lookup: Lookup) -> TileReader:
    from keepfit.features.online.tiles.read import TileReader  # noqa: PLC0415  most views have no windows

    return TileReader(lookup.windows or [])
