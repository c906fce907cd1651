"""Writes tiles: rows into the bucket that they happened in, and what is made of it into the others.

A bucket's rows are a set, and all else is a function of it that says of which state of it it is; so the same rows
again change nothing, of two writers none is lost, and an older write never takes the place of a newer one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from keepfit.features.online.ports import ItemKey, OnlineStore
from keepfit.features.online.tiles.changes import Change, change_all
from keepfit.features.online.tiles.items import (
    NEVER,
    Counted,
    CountedSlot,
    Group,
    GroupTotal,
    Happened,
    Item,
    StateSlot,
    counted_item,
    group_item,
    happened_item,
    to_text,
)
from keepfit.features.online.tiles.measures import Resolution, Tiling, merged_states
from keepfit.features.online.tiles.rows import Keeps, TileRow, merged_rows
from keepfit.layout import ViewScope

MAX_ROWS: Final = 3000
"""Of an entity in a bucket; of more, its windows are missing."""
MAX_BYTES: Final = 300_000
"""Of a bucket's rows; DynamoDB takes 400 KB."""
_DAY: Final = timedelta(days=1)


class _Bucket(NamedTuple):
    """The rows of one bucket of an entity as they were after ``writes``."""

    number: int
    writes: int
    item: Happened


@dataclass(frozen=True, kw_only=True)
class Tiles:
    """The tiles of one view.

    Args:
        view: its name.
        tiling: what its windows need.
        keep: how long tiles are needed after their time, the longest window and the delay.
        store: where they are.
    """

    view: str
    tiling: Tiling
    keep: timedelta
    store: OnlineStore
    crowded: set[str] = field(default_factory=set)
    """Entities that were found to have more events in a bucket than are kept."""

    def merge(
        self,
        entities: Mapping[str, Sequence[TileRow]],
        *,
        at: datetime,
        keeps: Keeps = lambda _source, _at: True,
        touched: Mapping[str, Iterable[int]] | None = None,
        since: int = NEVER,
        refresh: bool = False,
    ) -> int:
        """Merges rows of entities, by their keys, and returns how many items had to be written.

        Args:
            entities: more rows of each, in any order, as often as they come.
            at: the present.
            keeps: whether rows that are held are still a part of the dataset.
            touched: by entity, instants (microseconds) of rows that may have gone.
            since: the first instant that windows are asked for; what only earlier ones need is not written.
            refresh: whether items are written that would stay as they are, so that they last from now on.

        Raises:
            Conflict: too many others write an entity; the same call succeeds later.
        """
        written = 0
        for resolution in self.tiling.resolutions:
            tiles = _ResolutionTiles(self, resolution, keeps, at, since, refresh)
            written += tiles.merge(entities, touched or {})
        return written


@dataclass(frozen=True, slots=True)
class _ResolutionTiles:
    """The tiles of a view in one resolution."""

    tiles: Tiles
    resolution: Resolution
    keeps: Keeps
    at: datetime
    since: int
    refresh: bool

    def merge(self, entities: Mapping[str, Sequence[TileRow]], touched: Mapping[str, Iterable[int]]) -> int:
        first = (self.since - self.tiles.tiling.longest[self.resolution]) // self.resolution.width
        scope, places = ViewScope(self.tiles.view), dict[ItemKey, tuple[str, int]]()
        changes: dict[ItemKey, Change] = {}
        for entity, rows in entities.items():
            for number, some in self._by_bucket(rows, touched.get(entity, ())).items():
                if number >= first:
                    key = ItemKey(scope.entity(entity), happened_item(self.resolution, number))
                    places[key] = entity, number
                    changes[key] = self._change(Happened(columns=self._columns), number, self._rows(some))
        done, written = change_all(self.tiles.store, changes, refresh=self.refresh)
        buckets: dict[str, list[_Bucket]] = {}
        for key, (writes, item) in done.items():
            entity, number = places[key]
            buckets.setdefault(entity, []).append(_Bucket(number, writes, item))
            if item.crowded:
                self.tiles.crowded.add(entity)
        derived: dict[ItemKey, Change] = {}
        for entity, some_buckets in buckets.items():
            partition = scope.entity(entity)
            derived |= {ItemKey(partition, item): change for item, change in self._derived(some_buckets)}
        return written + change_all(self.tiles.store, derived, refresh=self.refresh)[1]

    @property
    def _columns(self) -> list[str]:
        return [column.key for column in self.tiles.tiling.columns]

    def _by_bucket(self, rows: Sequence[TileRow], touched: Iterable[int]) -> dict[int, list[TileRow]]:
        width = self.resolution.width
        by_bucket: dict[int, list[TileRow]] = {instant // width: [] for instant in touched}
        for row in rows:
            by_bucket.setdefault(row.happened // width, []).append(row)
        return by_bucket

    def _rows(self, rows: Sequence[TileRow]) -> Callable[[Happened], Happened]:
        def change(item: Happened) -> Happened:
            kept = merged_rows(item.rows, rows, self.keeps)
            counted = sorted({*item.counted, *(row.counts_from // self.resolution.width for row in kept)})
            crowded = item.crowded or len(kept) > MAX_ROWS
            changed = Happened(
                columns=item.columns, rows=[] if crowded else kept, counted=counted, crowded=crowded
            )
            return (
                changed if _fits(changed) else Happened(columns=item.columns, counted=counted, crowded=True)
            )

        return change

    def _derived(self, buckets: Sequence[_Bucket]) -> Iterator[tuple[str, Change]]:
        """What is to be written of the rows of buckets, an item each."""
        by_counted: dict[int, dict[int, CountedSlot]] = {}
        by_group: dict[int, dict[int, StateSlot]] = {}
        for bucket in buckets:
            rows: dict[int, list[TileRow]] = {number: [] for number in bucket.item.counted}
            for row in bucket.item.rows:
                rows[row.counts_from // self.resolution.width].append(row)
            for number, some in rows.items():
                by_counted.setdefault(number, {})[bucket.number] = CountedSlot(bucket.writes, some)
            states = {number: self.tiles.tiling.states(some) for number, some in rows.items() if some}
            slot = StateSlot(bucket.writes, None if bucket.item.crowded else states)
            by_group.setdefault(bucket.number // self.resolution.group, {})[bucket.number] = slot
        first = self.since // self.resolution.width
        for number, slots in by_counted.items():
            if number >= first:
                counted, change = Counted(columns=self._columns), partial(_with_counted, slots)
                yield counted_item(self.resolution, number), self._change(counted, number, change)
        measures = [measure.key for measure in self.tiles.tiling.measures]
        for number, states_of in by_group.items():
            group, with_states = (
                Group(whole=GroupTotal(measures=measures)),
                partial(self._with_states, states_of),
            )
            last = (number + 1) * self.resolution.group
            yield group_item(self.resolution, number), self._change(group, last, with_states)

    def _change(self, empty: Item, bucket: int, change: Callable[[Any], Item]) -> Change:
        return Change(empty, change, self._expires_at(bucket))

    def _with_states(self, new: Mapping[int, StateSlot], group: Group) -> Group:
        slots = {**group.slots}
        for number, slot in new.items():
            if number not in slots or slots[number].writes < slot.writes:
                slots[number] = slot
        changed = self._summed(group.contents, slots)
        if _fits(changed):
            return changed
        return self._summed(
            group.contents, {number: StateSlot(slot.writes, None) for number, slot in slots.items()}
        )

    def _summed(self, measures: list[str], slots: Mapping[int, StateSlot]) -> Group:
        crowded = any(slot.states is None for slot in slots.values())
        parts = [states for slot in slots.values() for states in (slot.states or {}).values()]
        latest = max((number for slot in slots.values() for number in slot.states or {}), default=NEVER)
        total = None if crowded else merged_states(self.tiles.tiling.measures, parts)
        whole = GroupTotal(measures=measures, latest=latest, total=total)
        return Group(whole=whole, slots=dict(sorted(slots.items())))

    def _expires_at(self, bucket: int) -> datetime:
        ends = datetime.fromtimestamp((bucket + 1) * self.resolution.width / 1e6, tz=self.at.tzinfo)
        return max(ends, self.at) + self.tiles.keep + _DAY


def _with_counted(new: Mapping[int, CountedSlot], counted: Counted) -> Counted:
    if counted.crowded:
        return counted
    slots = {**counted.slots}
    for number, slot in new.items():
        if number not in slots or slots[number].writes < slot.writes:
            slots[number] = slot
    changed = Counted(columns=counted.columns, slots=dict(sorted(slots.items())))
    return changed if _fits(changed) else Counted(columns=counted.columns, crowded=True)


def _fits(item: Item) -> bool:
    return len(to_text(item).encode()) <= MAX_BYTES
