"""Writes rows in real time: to the dataset first, where they last, and then to what requests look up.

A row that was accepted lies in the intake, see ``features.live.upload``; so nothing is lost when what follows fails,
and the version that holds it makes it good.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from keepfit.errors import Transient
from keepfit.features.datasets.ports import DatasetRecords
from keepfit.features.live.ports import LiveIntake
from keepfit.features.live.rows import ReadRows, TypedRow, read_rows
from keepfit.features.live.upload import LiveUploads, RefusedRow, check_event
from keepfit.features.online.entity_items import LatestItems
from keepfit.features.online.ports import OnlineStore
from keepfit.features.online.revisions import SOURCE_LENGTH, micros
from keepfit.features.online.view import OnlineView
from keepfit.features.online.view_rows import Origin, ViewRows
from keepfit.features.online.view_tiles import tiles_of
from keepfit.features.online.written_contracts import broken_rows, waits_for_ingest
from keepfit.instants import now


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that were written, and those that were refused.

    ``online`` is False where requests see them only with the dataset's next version, as a contract may leave rows out
    that takes other data to check; ``crowded`` are entities with more
    events than windows may be of, whose windows are missing for requests.
    """

    view: str
    event_id: str | None
    accepted: int
    refused: list[RefusedRow]
    online: bool
    crowded: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingFeatures:
    """Writes rows of one dataset, by the name of one of its ``views``.

    Args:
        view: that clients name.
        views: all online views of its dataset, that one included.
        intake: of the dataset.
        records: of the dataset, where refused rows are on record.
        store: of all views.
        clock: the present.
    """

    view: OnlineView
    views: Sequence[OnlineView]
    intake: LiveIntake
    records: DatasetRecords
    store: OnlineStore
    clock: Callable[[], datetime] = now

    def write(self, rows: Sequence[Any], event_id: str | None) -> Written:
        """Writes those of ``rows`` that are good; without an ``event_id`` their content is their name.

        Raises:
            InvalidRequest: no row is good, there are too many or none, or the event wrote other rows before.
            Transient: the dataset could not take them; nothing was written, and the same call may succeed.
        """
        at = self.clock()
        check_event(rows, event_id, key="rows")
        taken = self._uploads.take(rows, self._read(rows, at), event_id, at)
        waits = waits_for_ingest(self.view.dataset, at)
        online, crowded = (False, []) if waits else self._online(taken.rows, taken.body, at)
        return Written(
            view=self.view.name,
            event_id=taken.event_id,
            accepted=len(taken.rows),
            refused=taken.refused,
            online=online,
            crowded=crowded,
        )

    def _online(self, rows: Sequence[TypedRow], body: bytes, at: datetime) -> tuple[bool, list[str]]:
        """Whether every view has the rows, and the entities with too many of them.

        Views that could not be written get the rows by the next version.
        """
        origin = Origin(hashlib.sha256(body).hexdigest()[:SOURCE_LENGTH], micros(at))
        numbered = list(enumerate(rows, 1))
        done, crowded = True, list[str]()
        for view in self.views:
            try:
                crowded += self._write_view(view, numbered, origin, at)
            except Transient:
                done = False
        return done, crowded

    def _write_view(
        self, view: OnlineView, rows: Sequence[tuple[int, TypedRow]], origin: Origin, at: datetime
    ) -> list[str]:
        """The entities of a view that have more events than its windows may be of."""
        view_rows = ViewRows(view)
        if view.definition.latest:
            entities = view_rows.by_entity(rows, origin)
            LatestItems(view=view, store=self.store).merge(list(entities.items()), at=at)
        if not view.tiling.resolutions:
            return []
        tiles = tiles_of(view, self.store)
        tiles.merge(view_rows.events_by_entity([row for _, row in rows], origin), at=at)
        return [f"{view.name} {entity}" for entity in sorted(tiles.crowded)]

    def _read(self, rows: Sequence[Any], at: datetime) -> ReadRows:
        """The rows that ingest would take, and the problems of the others."""
        good, problems = read_rows(self.view.dataset, rows, at)
        broken = broken_rows(self.view.dataset, good, at)
        left_out = {row for row, _, _ in broken}
        return ReadRows([one for one in good if one[0] not in left_out], sorted([*problems, *broken]))

    @property
    def _uploads(self) -> LiveUploads:
        return LiveUploads(
            dataset=self.view.definition.dataset,
            definition=self.view.dataset,
            intake=self.intake,
            records=self.records,
        )
