"""Takes rows that were written in real time out of a view again: their upload did not become data."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from keepfit.features.datasets.expired_parts import get_kept
from keepfit.features.datasets.manifest import Part
from keepfit.features.datasets.ports import DatasetRecords, Lake
from keepfit.features.live.rows import TypedRow, from_lines
from keepfit.features.online.entity_items import LatestItems
from keepfit.features.online.materialization import Bucket, RowsOfEntities
from keepfit.features.online.ports import OnlineStore
from keepfit.features.online.revisions import SOURCE_LENGTH
from keepfit.features.online.tiles.rows import Keeps
from keepfit.features.online.view import OnlineView
from keepfit.features.online.view_rows import Origin, ViewRows
from keepfit.features.online.view_tiles import tiles_of
from keepfit.instants import now


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingBack:
    """Takes rows out of one view; doing it again changes nothing.

    Args:
        view: with its dataset.
        lake: of the dataset.
        records: of the dataset.
        rows: reads parts.
        store: where features are.
        clock: the present.
    """

    view: OnlineView
    lake: Lake
    records: DatasetRecords
    rows: RowsOfEntities
    store: OnlineStore
    clock: Callable[[], datetime] = now

    def run(self, body: bytes) -> int:
        """Takes the rows of an upload out, and returns how many items had to be written.

        Of an upload that is a part of the dataset nothing is taken.

        Raises:
            Conflict: too many others write an entity; the same call succeeds later.
        """
        digest, parts, at = hashlib.sha256(body).hexdigest(), self._parts(), self.clock()
        if any(part.sha256 == digest for part in parts):
            return 0
        source = digest[:SOURCE_LENGTH]
        rows = from_lines(self.view.dataset, body, at)
        keeps: Keeps = lambda held, _uploaded: held != source  # noqa: E731
        return self._windows(rows, source, at, keeps) + self._newest(rows, source, at, keeps, parts)

    def _parts(self) -> list[Part]:
        dataset = self.view.definition.dataset
        version = self.records.newest(dataset)
        return [] if version is None else self.lake.manifest(dataset, version).parts

    def _windows(self, rows: list[TypedRow], source: str, at: datetime, keeps: Keeps) -> int:
        if not self.view.tiling.resolutions:
            return 0
        events = ViewRows(self.view).events_by_entity(rows, Origin(source, 0))
        touched = {entity: [one.happened for one in some] for entity, some in events.items()}
        return tiles_of(self.view, self.store).merge(
            dict.fromkeys(events, ()), at=at, keeps=keeps, touched=touched
        )

    def _newest(
        self, rows: list[TypedRow], source: str, at: datetime, keeps: Keeps, parts: list[Part]
    ) -> int:
        """What the rows displaced comes back from the parts of the dataset."""
        if not self.view.definition.latest:
            return 0
        entities = ViewRows(self.view).by_entity(list(enumerate(rows, 1)), Origin(source, 0))
        left = dict.fromkeys(entities, ())
        with tempfile.TemporaryDirectory(prefix="take-back-") as name:
            copies = list(self._copies(parts, Path(name)))
            found = self.rows.revisions(self.view, copies, bucket=Bucket(0, 1), now=at) if copies else ()
            revisions = {**left, **{key: some for key, some in found if key in entities}}
        items = LatestItems(view=self.view, store=self.store)
        return items.merge(list(revisions.items()), at=at, keeps=keeps)

    def _copies(self, parts: list[Part], folder: Path) -> Iterator[Path]:
        for number, part in enumerate(parts):
            path = folder / f"{number}.parquet"
            if get_kept(self.lake, part, path, self.view.dataset):
                yield path
