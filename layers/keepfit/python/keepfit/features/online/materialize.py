"""Materialises an online view: brings what the store holds of each entity to a version of its dataset.

Only parts that came since are read, and after a withdrawal the entities of what went. It goes in units, whose number
is kept: what is interrupted goes on where it was, and what is done twice changes nothing.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from keepfit.features.datasets.expired_parts import get_kept
from keepfit.features.datasets.manifest import Manifest, Part
from keepfit.features.datasets.ports import DatasetRecords, Lake
from keepfit.features.online.entity_items import LatestItems
from keepfit.features.online.materialization import Bucket, Materialization, Materializations, RowsOfEntities
from keepfit.features.online.ports import OnlineStore
from keepfit.features.online.revisions import SOURCE_LENGTH, Revision, micros
from keepfit.features.online.tiles.items import NEVER
from keepfit.features.online.tiles.reach import Reach, put_reach
from keepfit.features.online.tiles.rows import Keeps, TileRow
from keepfit.features.online.view import OnlineView
from keepfit.features.online.view_tiles import tiles_of
from keepfit.instants import from_iso, now, to_iso

_ROWS_OF_A_UNIT: Final = 200_000
_AT_ONCE: Final = 100
_ROWS_AT_ONCE: Final = 2_000
# Requests may be as of so long ago.
_REACH: Final = timedelta(days=1)
# A row that came in real time is on its way to the dataset for so long at most.
_ON_ITS_WAY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """Some entities: what is kept of each, and of the rows ``of`` which parts ``only``."""

    of: Sequence[Part]
    only: Sequence[Part]
    bucket: Bucket
    keeps: Keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Materializing:
    """Materialises one view.

    Args:
        view: with its dataset.
        lake: of the dataset.
        records: of the dataset.
        rows: reads parts.
        store: where features go.
        progress: of all views.
        clock: the present.
    """

    view: OnlineView
    lake: Lake
    records: DatasetRecords
    rows: RowsOfEntities
    store: OnlineStore
    progress: Materializations
    clock: Callable[[], datetime] = now

    def run(
        self, goes_on: Callable[[], bool], *, anew: bool = False, as_of: datetime | None = None
    ) -> Materialization | None:
        """Works until the newest version is reached, or ``goes_on`` says no; None without a version.

        Args:
            goes_on: whether there is time for another unit; each call does one at least.
            anew: whether every row is read again, whatever was materialised before.
            as_of: with ``anew``, the earliest moment that windows are asked as of, from now on; None for a day ago.

        Raises:
            Conflict: somebody else materialises the view; what both did is right.
        """
        newest = self._newest()
        if newest is None:
            return None
        state = self._begun(newest, anew=anew, as_of=to_iso(as_of) if as_of else None)
        with tempfile.TemporaryDirectory(prefix="materialize-") as folder:
            while state.unfinished:
                units = self._units(state)
                state = self._worked(state, units, Path(folder))
                if state.unfinished and not goes_on():
                    return state
                if not state.unfinished:
                    # Who comes meanwhile leaves what is new to this one.
                    state = self._towards(state, max(self._newest() or newest, newest))
        return state

    def _newest(self) -> int | None:
        return self.records.newest(self.view.definition.dataset)

    def _begun(self, newest: int, *, anew: bool, as_of: str | None) -> Materialization:
        state = self.progress.get(self.view.name)
        begun = state is not None and state.unfinished and not state.version and state.as_of == as_of
        if state is None or state.digest != self.view.digest or (anew and not begun):
            revision, before = (state.revision, state.as_of) if state else (0, None)
            as_of = as_of if anew else before
            until = to_iso(self.clock() + self.view.tiles_kept + _REACH) if as_of else None
            empty = Materialization(digest=self.view.digest, revision=revision, as_of=as_of, until=until)
            return self._towards(empty, newest)
        return state if state.unfinished else self._towards(state, newest)

    def _towards(self, state: Materialization, target: int) -> Materialization:
        if state.version == target:
            return state
        at = self.clock()
        reach = state.as_of or to_iso(at - _REACH)
        begun = replace(
            state, target=target, done=0, entities=0, written=0, started_at=to_iso(at), reach=reach
        )
        if self.view.tiling.resolutions:
            # Before anything is left out; that it reaches farther back is said when it does.
            put_reach(self.store, self.view.name, _reach(begun), only_shorten=True)
        return self._put(replace(begun, units=len(self._units(begun))))

    def _worked(self, state: Materialization, units: Sequence[_Unit], folder: Path) -> Materialization:
        if state.done < len(units):
            entities, written = self._work(units[state.done], folder, state)
            state = replace(
                state,
                done=state.done + 1,
                entities=state.entities + entities,
                written=state.written + written,
            )
        if state.done < len(units):
            return self._put(state)
        if self.view.tiling.resolutions:
            put_reach(self.store, self.view.name, _reach(state))
        return self._put(replace(state, version=state.target))

    def _put(self, state: Materialization) -> Materialization:
        following = replace(state, revision=state.revision + 1, at=to_iso(self.clock()))
        self.progress.put(self.view.name, following)
        return following

    def _units(self, state: Materialization) -> list[_Unit]:
        """All units on the way to the target, always the same."""
        dataset = self.view.definition.dataset
        target = self.lake.manifest(dataset, state.target)
        belongs = _belonging(target, since=self.clock() - _ON_ITS_WAY)
        if not state.version:
            return _units(target.parts, (), belongs)
        before = self.lake.manifest(dataset, state.version)
        came = [part for part in target.parts if part not in before.parts]
        went = [part for part in before.parts if part not in target.parts]
        gone = {part.sha256[:SOURCE_LENGTH] for part in went}

        def stays(source: str, uploaded: int) -> bool:
            return source not in gone and belongs(source, uploaded)

        return [*(_units(target.parts, went, stays) if went else []), *_units(came, (), belongs)]

    def _work(self, unit: _Unit, folder: Path, state: Materialization) -> tuple[int, int]:
        """How many entities were looked at, and how many changed."""
        at, entities, written = self.clock(), 0, 0
        of, only = self._copies(unit.of, folder), self._copies(unit.only, folder)
        found: Iterator[tuple[str, list[Revision]]] = iter(())
        if self.view.definition.latest:
            found = self.rows.revisions(self.view, of, bucket=unit.bucket, now=at, only=only)
        items = LatestItems(view=self.view, store=self.store)
        while batch := list(islice(found, _AT_ONCE)):
            written += items.merge(batch, at=at, keeps=unit.keeps)
            entities += len(batch)
        tiled = self._work_on_tiles(unit, of, only, at, state)
        return max(entities, tiled[0]), written + tiled[1]

    def _work_on_tiles(
        self, unit: _Unit, of: Sequence[Path], only: Sequence[Path], at: datetime, state: Materialization
    ) -> tuple[int, int]:
        """The same of the windows of the view, if it has any."""
        if not self.view.tiling.resolutions:
            return 0, 0
        tiles = tiles_of(self.view, self.store)
        # What is withdrawn leaves its buckets; rows that are left there are in them already.
        since = _reach(state).since - self.view.rule.delay
        # Old tiles of a replay are there for as long as was said, whenever they were written first.
        refresh = state.until is not None and not state.version
        happened_since = self.view.tiling.happened_since(since)
        events = self.rows.events(self.view, only or of, bucket=unit.bucket, since=happened_since)
        entities, written = set[str](), 0
        for batch in _batches(events):
            entities |= batch.keys()
            touched = {entity: [row.happened for row in rows] for entity, rows in batch.items()}
            new = dict.fromkeys(batch, ()) if only else batch
            written += tiles.merge(
                new, at=at, keeps=unit.keeps, touched=touched, since=since, refresh=refresh
            )
        return len(entities), written

    def _copies(self, parts: Sequence[Part], folder: Path) -> list[Path]:
        """Local copies of those parts that have not expired, each made once."""
        return list(self._copied(parts, folder))

    def _copied(self, parts: Sequence[Part], folder: Path) -> Iterator[Path]:
        for part in parts:
            # Of a key no part is sure to tell it from others, and of one key there are versions.
            name = hashlib.sha256(f"{part.key} {part.version_id}".encode()).hexdigest()
            path = folder / f"{name}.parquet"
            if path.exists() or get_kept(self.lake, part, path, self.view.dataset):
                yield path


def _units(of: Sequence[Part], only: Sequence[Part], keeps: Keeps) -> list[_Unit]:
    buckets = max(1, -(-sum(part.rows for part in of) // _ROWS_OF_A_UNIT)) if of or only else 0
    return [_Unit(of=of, only=only, bucket=Bucket(number, buckets), keeps=keeps) for number in range(buckets)]


def _belonging(manifest: Manifest, *, since: datetime) -> Keeps:
    """Whether a source is a part of the version, or came ``since`` and is on its way to the dataset."""
    present, recent = {part.sha256[:SOURCE_LENGTH] for part in manifest.parts}, micros(since)
    return lambda source, uploaded: source in present or uploaded > recent


def _batches(events: Iterator[tuple[str, list[TileRow]]]) -> Iterator[dict[str, list[TileRow]]]:
    """Rows by entity, so many that their items are read and written together."""
    batch: dict[str, list[TileRow]] = {}
    size = 0
    for entity, rows in events:
        batch.setdefault(entity, []).extend(rows)
        size += len(rows)
        if size >= _ROWS_AT_ONCE:
            yield batch
            batch, size = {}, 0
    if batch:
        yield batch


def _reach(state: Materialization) -> Reach:
    """That of a state; states of before there was one are of all moments."""
    since, until = (micros(from_iso(one)) if one else None for one in (state.reach, state.until))
    return Reach(NEVER if since is None else since, until or 0)
