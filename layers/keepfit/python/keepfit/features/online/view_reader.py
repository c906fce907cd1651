"""Reads all features of a view that a model looks up: the newest values, and windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from keepfit.features.online.entities import entity_key
from keepfit.features.online.latest import LatestReader
from keepfit.features.online.ports import ItemKey
from keepfit.features.online.readings import Reading
from keepfit.features.schema.signature import Lookup
from keepfit.layout import ViewScope

if TYPE_CHECKING:
    from keepfit.features.online.tiles.read import TileReader

_US = 1_000_000


class ViewReader:
    """See ``readings.EntityReader``; make one per model and keep it."""

    __slots__ = ("_delay", "_latest", "_scope", "_tiles", "features")

    def __init__(self, lookup: Lookup) -> None:
        self.features = lookup.features
        self._scope, self._delay = ViewScope(lookup.view), lookup.delay_s * _US
        windows = {window.name for window in lookup.windows or ()}
        latest = [feature for feature in lookup.features if feature not in windows]
        self._latest = LatestReader(replace(lookup, features=latest)) if latest else None
        self._tiles = _tile_reader(lookup) if windows else None

    def keys(self, entity: Sequence[Any], moment: int) -> Sequence[ItemKey]:
        keys = list(self._latest.keys(entity, moment)) if self._latest else []
        if self._tiles is None:
            return keys
        key = entity_key(entity)
        if key is None:
            return []
        partition = self._scope.entity(key)
        return [*keys, *(ItemKey(partition, name) for name in self._tiles.items(moment - self._delay))]

    def read(self, bodies: Sequence[str | None], moment: int) -> Reading:
        newest = self._latest.read(bodies[:1], moment) if self._latest else None
        if self._tiles is None:
            return newest or Reading(state="absent", values={})
        instant = moment - self._delay
        names = self._tiles.items(instant)
        items = {
            name: body
            for name, body in zip(names, bodies[1:] if newest else bodies, strict=True)
            if body is not None
        }
        values, state = self._tiles.read(items, instant)
        if newest is None:
            return Reading(state=state, values=values, windows=state)
        return replace(newest, values={**newest.values, **values}, windows=state)


def _tile_reader(lookup: Lookup) -> TileReader:
    from keepfit.features.online.tiles.read import TileReader  # noqa: PLC0415  most views have no windows

    return TileReader(lookup.windows or [])
