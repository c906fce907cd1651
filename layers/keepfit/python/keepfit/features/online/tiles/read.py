"""Reads the windows of an entity from its tiles, as of an instant.

A row counts from ``counts_from`` on, and in a window that begins at most when it happened. Of a window's rows,

* those that happened in the bucket in which the window begins are looked at one by one,
* so are those of later buckets that began to count in the bucket of the instant,
* and of all others the states of their buckets are merged, of whole groups at once where that is possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from keepfit.features.aggregates.base import Event
from keepfit.features.aggregates.registry import aggregate_of
from keepfit.features.online.tiles.items import (
    Counted,
    GroupTotal,
    Happened,
    StateSlot,
    counted_item,
    group_item,
    happened_item,
)
from keepfit.features.online.tiles.measures import US, Measure, Resolution, measure_of, resolution_of
from keepfit.features.online.tiles.rows import TileRow
from keepfit.features.schema.signature import LookupWindow

_happened = msgspec.json.Decoder(Happened).decode
_counted = msgspec.json.Decoder(Counted).decode
_group = msgspec.json.Decoder(GroupTotal).decode
_slots = msgspec.json.Decoder(dict[int, StateSlot]).decode


class Unreadable(Exception):
    """Tiles that do not have what a window needs; the message is the state that the log has."""


class _Window(NamedTuple):
    """A window with what it is made of, and how long it is in microseconds."""

    window: LookupWindow
    measure: Measure
    resolution: Resolution
    length: int


class TileReader:
    """Reads some windows of a view; make one per model and keep it."""

    def __init__(self, windows: Sequence[LookupWindow]) -> None:
        self._windows = [
            _Window(window, measure_of(window), resolution_of(window.window_s * US), window.window_s * US)
            for window in windows
        ]

    def items(self, instant: int) -> list[str]:
        """The names of the items that are needed as of an instant, microseconds since 1970."""
        names: dict[str, None] = {}
        for resolution, windows in self._by_resolution().items():
            now = instant // resolution.width
            first = {(instant - window.length) // resolution.width for window in windows}
            names |= {happened_item(resolution, bucket): None for bucket in sorted(first)}
            names[counted_item(resolution, now)] = None
            groups = range((min(first) + 1) // resolution.group, now // resolution.group + 1)
            names |= {group_item(resolution, group): None for group in groups}
        return list(names)

    def read(self, items: Mapping[str, str], instant: int) -> tuple[dict[str, Any], str]:
        """The values of the windows by their features, None where missing, and the state of the tiles.

        ``items`` are the bodies of those that exist. The state is "found", "crowded" where an entity had more events
        in a bucket than are kept, or "redefined" where tiles are of a definition without what a window needs.
        """
        values: dict[str, Any] = {}
        state = "found"
        tiles = _Tiles(items)
        for window in self._windows:
            aggregate = aggregate_of(window.measure.aggregate)
            try:
                values[window.window.name] = aggregate.finish(
                    tiles.state(window, instant), window.window.parameter
                )
            except Unreadable as error:
                values[window.window.name], state = None, str(error)
        return values, state

    def _by_resolution(self) -> dict[Resolution, list[_Window]]:
        found: dict[Resolution, list[_Window]] = {}
        for window in self._windows:
            found.setdefault(window.resolution, []).append(window)
        return found


class _Tiles:
    """The items of one entity, each decoded once."""

    def __init__(self, items: Mapping[str, str]) -> None:
        self._items = items
        self._decoded: dict[str, Any] = {}
        self._slots: dict[str, dict[int, StateSlot]] = {}

    def state(self, window: _Window, instant: int) -> Any:
        """The state of a window. Raises Unreadable."""
        measure, resolution = window.measure, window.resolution
        aggregate, since = aggregate_of(measure.aggregate), instant - window.length
        first, now = since // resolution.width, instant // resolution.width
        total = aggregate.zero()
        for state in self._states(measure, resolution, first, now):
            total = aggregate.merge(total, state)
        for row, value in self._rows(measure, resolution, first, now):
            if value is not None and row.counts_from <= instant and row.happened >= since:
                total = aggregate.add(total, Event(value, row.happened, row.known), measure.value)
        return total

    def _rows(
        self, measure: Measure, resolution: Resolution, first: int, now: int
    ) -> Iterator[tuple[TileRow, Any]]:
        """The rows that are to be looked at one by one, and their values."""
        edge = self._item(happened_item(resolution, first), _happened)
        if edge is not None:
            if edge.crowded:
                raise Unreadable("crowded")
            place = _place(edge.columns, measure.column.key)
            yield from ((row, row.values[place]) for row in edge.rows)
        newest = self._item(counted_item(resolution, now), _counted)
        if newest is not None:
            place = _place(newest.columns, measure.column.key)
            for bucket, slot in newest.slots.items():
                if bucket > first:
                    yield from ((row, row.values[place]) for row in slot.rows)

    def _states(self, measure: Measure, resolution: Resolution, first: int, now: int) -> Iterator[Any]:
        """The states of the buckets after ``first`` of rows that count from a bucket before ``now``."""
        for number in range((first + 1) // resolution.group, now // resolution.group + 1):
            name = group_item(resolution, number)
            group = self._item(name, _group)
            if group is None:
                continue
            place = _place(group.measures, measure.key)
            whole = number * resolution.group > first and group.latest < now
            if whole and group.total is not None:
                yield group.total[place]
                continue
            if name not in self._slots:
                self._slots[name] = _slots(group.slots)
            for bucket, slot in self._slots[name].items():
                if not first < bucket <= now:
                    continue
                if slot.states is None:
                    raise Unreadable("crowded")
                yield from (states[place] for counted, states in slot.states.items() if counted < now)

    def _item(self, name: str, decode: Any) -> Any:
        if name not in self._decoded:
            body = self._items.get(name)
            self._decoded[name] = None if body is None else decode(body)
        return self._decoded[name]


def _place(known: Sequence[str], key: str) -> int:
    try:
        return known.index(key)
    except ValueError:
        raise Unreadable("redefined") from None
