"""Writes tiles: rows into the bucket that they happened in, and what is made of it into the others.

A bucket's rows are a set, and all else is a function of it that says of which state of it it is; so the same rows
again change nothing, of two writers none is lost, and an older write never takes the place of a newer one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from keepfit.errors import Conflict
from keepfit.features.online.ports import Held, ItemKey, OnlineStore
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
    from_text,
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
_MAX_ATTEMPTS: Final = 20
_DAY: Final = timedelta(days=1)

_Item = TypeVar("_Item", Happened, Counted, Group)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bucket:
    """The rows of one bucket as they were after ``writes``."""

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
        entity: str,
        rows: Sequence[TileRow],
        *,
        at: datetime,
        keeps: Keeps = lambda _source, _at: True,
        touched: Iterable[int] = (),
    ) -> int:
        """Merges rows of an entity, and returns how many items had to be written.

        Args:
            entity: its key.
            rows: more rows of it, in any order, as often as they come.
            at: the present.
            keeps: whether rows that are held are still a part of the dataset.
            touched: instants (microseconds) of rows that may have gone.

        Raises:
            Conflict: too many others write the entity; the same call succeeds later.
        """
        partition = ViewScope(self.view).entity(entity)
        instants = [*touched]
        written = 0
        for resolution in self.tiling.resolutions:
            by_bucket: dict[int, list[TileRow]] = {instant // resolution.width: [] for instant in instants}
            for row in rows:
                by_bucket.setdefault(row.happened // resolution.width, []).append(row)
            entity_tiles = _EntityTiles(self, partition, resolution, keeps, at)
            written += entity_tiles.merge(by_bucket)
            if entity_tiles.crowded:
                self.crowded.add(entity)
        return written


@dataclass(slots=True)
class _EntityTiles:
    """The tiles of one entity in one resolution."""

    tiles: Tiles
    partition: str
    resolution: Resolution
    keeps: Keeps
    at: datetime
    crowded: bool = False
    _written: int = 0

    def merge(self, by_bucket: Mapping[int, Sequence[TileRow]]) -> int:
        columns = [column.key for column in self.tiles.tiling.columns]
        buckets = []
        for number, rows in by_bucket.items():
            writes, item = self._rows(columns, number, rows)
            buckets.append(_Bucket(number=number, writes=writes, item=item))
        self.crowded = any(bucket.item.crowded for bucket in buckets)
        for write in self._derived(columns, buckets):
            write()
        return self._written

    def _rows(self, columns: list[str], number: int, rows: Sequence[TileRow]) -> tuple[int, Happened]:
        def change(item: Happened) -> Happened:
            kept = merged_rows(item.rows, rows, self.keeps)
            counted = sorted({*item.counted, *(row.counts_from // self.resolution.width for row in kept)})
            crowded = item.crowded or len(kept) > MAX_ROWS
            changed = Happened(
                columns=columns, rows=[] if crowded else kept, counted=counted, crowded=crowded
            )
            return changed if _fits(changed) else Happened(columns=columns, counted=counted, crowded=True)

        empty = Happened(columns=columns)
        return self._changed(happened_item(self.resolution, number), number, empty, change)

    def _derived(self, columns: list[str], buckets: Sequence[_Bucket]) -> Iterable[Callable[[], object]]:
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
        measures = [measure.key for measure in self.tiles.tiling.measures]
        for number, slots in by_counted.items():
            yield partial(
                self._changed,
                counted_item(self.resolution, number),
                number,
                Counted(columns=columns),
                partial(_with_counted, slots),
            )
        for number, states_of in by_group.items():
            yield partial(
                self._changed,
                group_item(self.resolution, number),
                (number + 1) * self.resolution.group,
                Group(whole=GroupTotal(measures=measures)),
                partial(self._with_states, states_of),
            )

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

    def _changed(
        self, name: str, bucket: int, empty: _Item, change: Callable[[Any], _Item]
    ) -> tuple[int, _Item]:
        """An item with its change, and how often it was written then; one of another definition begins anew."""
        key, store = ItemKey(self.partition, name), self.tiles.store
        held = store.read([key]).get(key)
        for _ in range(_MAX_ATTEMPTS):
            before = _decoded(held, empty)
            body = to_text(change(before))
            changed = from_text(body, type(empty))
            if held is not None and body == held.body:
                return held.writes, changed
            if held is None and changed == empty:
                return 0, changed
            writes = held.writes if held else 0
            try:
                store.write(key, body, after=writes, expires_at=self._expires_at(bucket))
            except Conflict:
                held = store.read([key]).get(key)
            else:
                self._written += 1
                return writes + 1, changed
        raise Conflict(f"{name} of {self.partition} had {_MAX_ATTEMPTS} other writers; try again")

    def _expires_at(self, bucket: int) -> datetime:
        ends = datetime.fromtimestamp((bucket + 1) * self.resolution.width / 1e6, tz=self.at.tzinfo)
        return max(ends, self.at) + self.tiles.keep + _DAY


def _decoded(held: Held | None, empty: _Item) -> _Item:
    if held is None:
        return empty
    item = from_text(held.body, type(empty))
    return item if item.contents == empty.contents else empty


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
