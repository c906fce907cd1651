"""Reads the windows of an entity from its tiles, as of an instant.

A row counts from ``counts_from`` on, and in a window that begins at most when it happened. Of a window's rows,

* those that happened in the bucket in which the window begins are looked at one by one,
* so are those of later buckets that began to count in the bucket of the instant,
* and of all others the states of their buckets are merged, of whole groups at once where that is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from keepfit.features.aggregates.base import Aggregate, Event
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
from keepfit.features.online.tiles.measures import US, Resolution, measure_of, resolution_of
from keepfit.features.online.tiles.rows import TileRow
from keepfit.features.schema.signature import LookupWindow

_happened = msgspec.json.Decoder(Happened).decode
_counted = msgspec.json.Decoder(Counted).decode
_group = msgspec.json.Decoder(GroupTotal).decode
_slots = msgspec.json.Decoder(dict[int, StateSlot]).decode


class Unreadable(Exception):
    """Tiles that do not have what a window needs; the message is the state that the log has."""


class _Feature(NamedTuple):
    """A feature with the keys of what it is made of, and its aggregate's functions."""

    name: str
    column: str
    measure: str
    aggregate: Aggregate[Any]
    value: Any
    parameter: Any

    @property
    def state(self) -> tuple[Any, ...]:
        """What two features have in common whose states are the same, such as a sum and a mean."""
        made = type(self.aggregate)
        return self.column, self.value, made.zero, made.add, made.merge


class _Span(NamedTuple):
    """A length of windows, in microseconds, and the features of such windows with their ``state``."""

    resolution: Resolution
    length: int
    features: list[tuple[_Feature, tuple[Any, ...]]]


class TileReader:
    """Reads some windows of a view; make one per model and keep it."""

    __slots__ = ("_spans",)

    def __init__(self, windows: Sequence[LookupWindow]) -> None:
        spans: dict[int, _Span] = {}
        for window in windows:
            length, measure = window.window_s * US, measure_of(window)
            span = spans.setdefault(length, _Span(resolution_of(length), length, []))
            aggregate = aggregate_of(window.aggregate)
            feature = _Feature(
                window.name, measure.column.key, measure.key, aggregate, measure.value, window.parameter
            )
            span.features.append((feature, feature.state))
        self._spans = list(spans.values())

    def items(self, instant: int) -> list[str]:
        """The names of the items that are needed as of an instant, microseconds since 1970."""
        names: dict[str, None] = {}
        earliest: dict[Resolution, int] = {}
        for resolution, length, _ in self._spans:
            first = (instant - length) // resolution.width
            names[happened_item(resolution, first)] = None
            earliest[resolution] = min(first, earliest.get(resolution, first))
        for resolution, first in earliest.items():
            now = instant // resolution.width
            names[counted_item(resolution, now)] = None
            groups = range((first + 1) // resolution.group, now // resolution.group + 1)
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
        for span in self._spans:
            window = _Parts(tiles, span, instant)
            for feature, key in span.features:
                try:
                    values[feature.name] = feature.aggregate.finish(
                        window.state(feature, key), feature.parameter
                    )
                except Unreadable as error:
                    values[feature.name], state = None, str(error)
        return values, state


class _Parts:
    """What a window consists of: states of buckets, and rows that are looked at one by one."""

    __slots__ = ("_crowded", "_found", "_rows", "_states")

    def __init__(self, tiles: _Tiles, span: _Span, instant: int) -> None:
        resolution, since = span.resolution, instant - span.length
        first, now = since // resolution.width, instant // resolution.width
        self._crowded = False
        self._found: dict[tuple[Any, ...], Any] = {}
        # By what they are of, so that a place is looked up once: keys of measures with lists of states.
        self._states: list[tuple[list[str], list[list[Any]]]] = []
        self._rows: list[tuple[list[str], list[TileRow]]] = []
        self._add_states(tiles, resolution, first, now)
        edge = tiles.item(happened_item(resolution, first), _happened)
        if edge is not None:
            self._crowded = self._crowded or edge.crowded
            rows = [row for row in edge.rows if row.happened >= since and row.counts_from <= instant]
            self._rows.append((edge.columns, rows))
        newest = tiles.item(counted_item(resolution, now), _counted)
        if newest is not None:
            self._crowded = self._crowded or newest.crowded
            later = [slot.rows for bucket, slot in newest.slots.items() if bucket > first]
            self._rows.append(
                (newest.columns, [row for rows in later for row in rows if row.counts_from <= instant])
            )

    def state(self, feature: _Feature, key: tuple[Any, ...]) -> Any:
        """The state of a feature, made once for those with the same ``key``. Raises Unreadable."""
        if self._crowded:
            raise Unreadable("crowded")
        if key not in self._found:
            self._found[key] = self._merged(feature)
        return self._found[key]

    def _merged(self, feature: _Feature) -> Any:
        aggregate = feature.aggregate
        total, merge, add = aggregate.zero(), aggregate.merge, aggregate.add
        for measures, parts in self._states:
            place = _place(measures, feature.measure)
            for states in parts:
                total = merge(total, states[place])
        for columns, rows in self._rows:
            place = _place(columns, feature.column)
            for row in rows:
                value = row.values[place]
                if value is not None:
                    total = add(total, Event(value, row.happened, row.known), feature.value)
        return total

    def _add_states(self, tiles: _Tiles, resolution: Resolution, first: int, now: int) -> None:
        """Those of the buckets after ``first`` of rows that count from a bucket before ``now``."""
        for number in range((first + 1) // resolution.group, now // resolution.group + 1):
            name = group_item(resolution, number)
            group = tiles.item(name, _group)
            if group is None:
                continue
            if number * resolution.group > first and group.latest < now and group.total is not None:
                self._states.append((group.measures, [group.total]))
                continue
            parts: list[list[Any]] = []
            for bucket, slot in tiles.slots(name, group).items():
                if first < bucket <= now:
                    self._crowded = self._crowded or slot.states is None
                    states = slot.states or {}
                    parts += [one for counted, one in states.items() if counted < now]
            if parts:
                self._states.append((group.measures, parts))


class _Tiles:
    """The items of one entity, each decoded once."""

    __slots__ = ("_decoded", "_items", "_slots")

    def __init__(self, items: Mapping[str, str]) -> None:
        self._items = items
        self._decoded: dict[str, Any] = {}
        self._slots: dict[str, dict[int, StateSlot]] = {}

    def item(self, name: str, decode: Callable[[str], Any]) -> Any:
        """An item by its name, None where there is none."""
        if name not in self._decoded:
            body = self._items.get(name)
            self._decoded[name] = None if body is None else decode(body)
        return self._decoded[name]

    def slots(self, name: str, group: GroupTotal) -> dict[int, StateSlot]:
        """The states of a group by bucket."""
        if name not in self._slots:
            self._slots[name] = _slots(group.slots)
        return self._slots[name]


def _place(known: Sequence[str], key: str) -> int:
    try:
        return known.index(key)
    except ValueError:
        raise Unreadable("redefined") from None
