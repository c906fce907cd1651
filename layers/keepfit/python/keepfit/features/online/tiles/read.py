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

from keepfit.features.aggregates.base import Aggregate, Events
from keepfit.features.aggregates.registry import aggregate_of
from keepfit.features.online.readings import ItemsRead
from keepfit.features.online.tiles.items import (
    StateSlot,
    counted_item,
    group_item,
    happened_item,
    slots_of,
    total_of,
)
from keepfit.features.online.tiles.measures import US, Resolution, measure_of, resolution_of
from keepfit.features.online.tiles.reach import REACH, Reach, reach_of
from keepfit.features.schema.signature import LookupWindow


class _Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a window needs of a ``TileRow``."""

    id: str
    happened: int
    known: int
    values: list[Any]


class _Happened(msgspec.Struct, kw_only=True, gc=False):
    """See ``items.Happened``."""

    columns: list[str]
    rows: list[_Row] = []
    crowded: bool = False


class _CountedSlot(msgspec.Struct, array_like=True, gc=False):
    """See ``items.CountedSlot``."""

    writes: int
    rows: list[_Row]


class _Counted(msgspec.Struct, kw_only=True, gc=False):
    """See ``items.Counted``."""

    columns: list[str]
    slots: dict[int, _CountedSlot] = {}
    crowded: bool = False


_happened = msgspec.json.Decoder(_Happened).decode
_counted = msgspec.json.Decoder(_Counted).decode


class Unreadable(Exception):
    """Tiles that do not have what a window needs; the message is the state that the log has."""


class _Feature(NamedTuple):
    """A feature with the keys of what it is made of, and its aggregate."""

    name: str
    column: str
    measure: str
    aggregate: Aggregate[Any]
    value: Any
    parameter: Any


class _Span(NamedTuple):
    """A length of windows, in microseconds, and the features of such windows."""

    resolution: Resolution
    length: int
    features: list[_Feature]


class TileReader:
    """Reads some windows of a view; make one per model and keep it."""

    __slots__ = ("_newest", "_spans")

    shared = (REACH,)

    def __init__(self, windows: Sequence[LookupWindow]) -> None:
        spans: dict[int, _Span] = {}
        for window in windows:
            length, measure = window.window_s * US, measure_of(window)
            span = spans.setdefault(length, _Span(resolution_of(length), length, []))
            aggregate = aggregate_of(window.aggregate)
            span.features.append(
                _Feature(
                    window.name, measure.column.key, measure.key, aggregate, measure.value, window.parameter
                )
            )
        self._spans = list(spans.values())
        self._newest: tuple[list[int], list[str]] = ([], [])

    def items(self, instant: int) -> list[str]:
        """The names of the items that are needed as of an instant, microseconds since 1970."""
        buckets = [
            bucket
            for resolution, length, _ in self._spans
            for bucket in ((instant - length) // resolution.width, instant // resolution.width)
        ]
        # Instances of one request are mostly of the same hours.
        if self._newest[0] != buckets:
            self._newest = buckets, self._items(instant)
        return self._newest[1]

    def _items(self, instant: int) -> list[str]:
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

    def read(
        self, items: ItemsRead, shared: ItemsRead, instant: int, *, asked: int, now: int
    ) -> tuple[dict[str, Any], str]:
        """The values of the windows by their features, None where missing, and the state of the tiles.

        ``asked`` is the moment of the request, and ``now`` the present. The state is "found", "crowded" where an entity
        had more events in a bucket than are kept, "redefined" where tiles are of a definition without what a window
        needs, or "too early" where nothing is kept for the moment.
        """
        reach: Reach | None = shared.get(REACH, reach_of)
        if reach is not None and not reach.has(asked, now):
            return {feature.name: None for span in self._spans for feature in span.features}, "too early"
        values: dict[str, Any] = {}
        state = "found"
        for span in self._spans:
            parts = _Parts(items, span, instant)
            made: dict[str, Any] = {}
            for feature in span.features:
                try:
                    if feature.measure not in made:
                        made[feature.measure] = parts.state(feature)
                    found = made[feature.measure]
                    values[feature.name] = feature.aggregate.finish(found, feature.parameter)
                except Unreadable as error:
                    values[feature.name], state = None, str(error)
        return values, state


class _Parts:
    """What a window consists of: whole buckets, and rows that are looked at one by one."""

    __slots__ = ("_buckets", "_crowded", "_rows")

    def __init__(self, items: ItemsRead, span: _Span, instant: int) -> None:
        resolution, since = span.resolution, instant - span.length
        first, now = since // resolution.width, instant // resolution.width
        self._buckets: _Buckets = items.once(
            (resolution, first, now), lambda: _Buckets(items, resolution, first, now)
        )
        self._crowded = self._buckets.crowded
        # The keys of columns with rows of them.
        self._rows: list[tuple[list[str], list[_Row]]] = []
        edge: _Happened | None = items.get(happened_item(resolution, first), _happened)
        if edge is not None:
            self._crowded = self._crowded or edge.crowded
            self._add_rows(edge.columns, [row for row in edge.rows if row.happened >= since], instant)
        newest: _Counted | None = items.get(counted_item(resolution, now), _counted)
        if newest is not None:
            self._crowded = self._crowded or newest.crowded
            later = [row for bucket, slot in newest.slots.items() if bucket > first for row in slot.rows]
            self._add_rows(newest.columns, later, instant)

    def state(self, feature: _Feature) -> Any:
        """The state of a feature. Raises Unreadable."""
        if self._crowded:
            raise Unreadable("crowded")
        whole = self._buckets.state(feature)
        values: list[Any] = []
        happened: list[int] = []
        known: list[int] = []
        for columns, rows in self._rows:
            place = _place(columns, feature.column)
            for row in rows:
                value = row.values[place]
                if value is not None:
                    values.append(value)
                    happened.append(row.happened)
                    known.append(row.known)
        return feature.aggregate.together([whole], Events(values, happened, known), feature.value)

    def _add_rows(self, columns: list[str], rows: Sequence[_Row], instant: int) -> None:
        """Those of rows that count by the instant: that had happened by then and were known."""
        counting = [row for row in rows if row.happened <= instant and row.known <= instant]
        # If there are none, too: what is of another definition may lack rows.
        self._rows.append((columns, counting))


class _Buckets:
    """The buckets after ``first`` up to ``now``, of rows that count from a bucket before ``now``."""

    __slots__ = ("_made", "_states", "crowded")

    def __init__(self, items: ItemsRead, resolution: Resolution, first: int, now: int) -> None:
        self.crowded = False
        # The keys of measures with lists of their states, so that a place is looked up once.
        self._states: list[tuple[list[str], list[list[Any]]]] = []
        self._made: dict[str, Any] = {}
        for number in range((first + 1) // resolution.group, now // resolution.group + 1):
            name = group_item(resolution, number)
            whole = items.get(name, total_of)
            if whole is None:
                continue
            if number * resolution.group > first and whole.latest < now and whole.total is not None:
                self._states.append((whole.measures, [whole.total]))
            elif parts := list(self._single(items.get(name, slots_of), first, now)):
                self._states.append((whole.measures, parts))

    def state(self, feature: _Feature) -> Any:
        """The state of a feature, made once. Raises Unreadable."""
        if feature.measure not in self._made:
            states: list[Any] = []
            for measures, parts in self._states:
                place = _place(measures, feature.measure)
                states += [some[place] for some in parts]
            self._made[feature.measure] = feature.aggregate.together(states, _NO_EVENTS, feature.value)
        return self._made[feature.measure]

    def _single(self, slots: Mapping[int, StateSlot], first: int, now: int) -> Iterator[list[Any]]:
        """The states of single buckets of a group."""
        for bucket, slot in slots.items():
            if first < bucket <= now:
                if slot.states is None:
                    self.crowded = True
                    continue
                for counted, states in slot.states.items():
                    if counted < now:
                        yield states


_NO_EVENTS = Events([], [], [])


def _place(known: Sequence[str], key: str) -> int:
    try:
        return known.index(key)
    except ValueError:
        raise Unreadable("redefined") from None
