"""Writes rows in real time: to the dataset first, where they last, and then to what requests look up.

A row that was accepted lies in the intake, from where it becomes part of the dataset like any upload; so nothing is
lost when what follows fails, and the version that holds it makes it good. The name of the event is that of the object:
the same event again changes nothing, and another under its name is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from keepfit.errors import Conflict, InvalidRequest, Transient
from keepfit.features.datasets.manifest import Upload
from keepfit.features.datasets.ports import DatasetRecords
from keepfit.features.datasets.records import Refusal
from keepfit.features.online.entity_items import LatestItems
from keepfit.features.online.live_rows import read_rows, to_lines
from keepfit.features.online.ports import OnlineStore
from keepfit.features.online.revisions import SOURCE_LENGTH, micros
from keepfit.features.online.view import OnlineView
from keepfit.features.online.view_rows import Origin, TypedRow, ViewRows
from keepfit.features.online.view_tiles import tiles_of
from keepfit.features.online.written_contracts import broken_rows, waits_for_ingest
from keepfit.features.schema.rules import FieldProblem
from keepfit.instants import now
from keepfit.layout import DatasetScope

MAX_ROWS: Final = 500
"""In one request."""
_MAX_TOLD: Final = 20
_is_event_id = re.compile(r"[A-Za-z0-9_.:-]{1,128}").fullmatch


class LiveIntake(Protocol):
    """Takes rows that were written in real time, for ingest."""

    def put_new(self, key: str, body: bytes) -> None:
        """Writes an object under a new key; the same bytes again are fine.

        Raises:
            Conflict: the key holds other bytes.
        """
        ...


class RefusedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row, from 0, that was not written, and why."""

    row: int
    field: str
    message: str


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
        _check_request(rows, event_id)
        good, problems = self._read(rows, at)
        body = to_lines(self.view.dataset, [rows[row] for row, _ in good])
        event_id = event_id or hashlib.sha256(body).hexdigest()
        upload = Upload(bucket="", key=self._dataset.live_upload(event_id), version_id="live")
        if problems:
            self._record(upload, len(rows), len(rows) - len(good), problems, at)
        if not good:
            raise InvalidRequest(
                "no row is what the dataset holds: see the details",
                code="invalid_rows",
                details=list(problems[:_MAX_TOLD]),
            )
        try:
            self.intake.put_new(upload.key, body)
        except Conflict as error:
            raise InvalidRequest(
                f"the event {event_id} wrote other rows before: give these an event_id of their own",
                code="event_id_used",
            ) from error
        waits = waits_for_ingest(self.view.dataset, at)
        online, crowded = (False, []) if waits else self._online([row for _, row in good], body, at)
        return Written(
            view=self.view.name,
            event_id=event_id,
            accepted=len(good),
            refused=[
                RefusedRow(row=row, field=field, message=why) for row, field, why in problems[:_MAX_TOLD]
            ],
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

    def _read(
        self, rows: Sequence[Any], at: datetime
    ) -> tuple[list[tuple[int, TypedRow]], list[FieldProblem]]:
        """The rows that ingest would take, and the problems of the others."""
        good, problems = read_rows(self.view.dataset, rows, at)
        broken = broken_rows(self.view.dataset, good, at)
        left_out = {row for row, _, _ in broken}
        return [one for one in good if one[0] not in left_out], sorted([*problems, *broken])

    def _record(
        self, upload: Upload, rows: int, bad: int, problems: Sequence[FieldProblem], at: datetime
    ) -> None:
        row, field, why = problems[0]
        reason = f"{bad} of {rows} rows that were written in real time are bad; row {row}: {field} {why}"
        refusal = Refusal(at=at, reason=reason, source=upload, rows=rows, bad_rows=bad)
        self.records.refuse(self.view.definition.dataset, refusal)

    @property
    def _dataset(self) -> DatasetScope:
        return DatasetScope(self.view.definition.dataset)


def _check_request(rows: Sequence[Any], event_id: str | None) -> None:
    if not rows:
        raise InvalidRequest("'rows' is empty: send at least one", code="no_rows")
    if len(rows) > MAX_ROWS:
        raise InvalidRequest(
            f"{len(rows)} rows are more than a request may hold: send up to {MAX_ROWS} at a time, or upload a file",
            code="too_many_rows",
        )
    if event_id is not None and not _is_event_id(event_id):
        raise InvalidRequest(
            "the event_id has letters, digits and _ . : - alone, 128 at most", code="invalid_event_id"
        )
