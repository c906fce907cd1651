"""Keeps rows that are written in real time as an upload of their dataset, named by their event.

What was accepted lies in the intake, from where it becomes part of the dataset like any upload. The same event again
changes nothing, and another under its name is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from keepfit.errors import Conflict, InvalidRequest
from keepfit.features.datasets.manifest import Upload
from keepfit.features.datasets.ports import DatasetRecords
from keepfit.features.datasets.records import Refusal
from keepfit.features.live.ports import LiveIntake
from keepfit.features.live.rows import ReadRows, TypedRow, to_lines
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.rules import FieldProblem
from keepfit.layout import DatasetScope

MAX_ROWS: Final = 500
"""In one request."""
MAX_TOLD: Final = 20
_is_event_id = re.compile(r"[A-Za-z0-9_.:-]{1,128}").fullmatch


class RefusedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row, from 0, that was not written, and why."""

    row: int
    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The rows of an event that the intake holds as ``body``, and up to 20 problems of the others."""

    event_id: str
    body: bytes
    rows: list[TypedRow]
    refused: list[RefusedRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveUploads:
    """Uploads of one dataset that are written in real time.

    Args:
        dataset: its name.
        definition: what its rows are.
        intake: where they are kept.
        records: where refused rows are on record.
    """

    dataset: str
    definition: DatasetDefinition
    intake: LiveIntake
    records: DatasetRecords

    def take(
        self, rows: Sequence[Mapping[str, Any]], read: ReadRows, event_id: str | None, at: datetime
    ) -> Taken:
        """Keeps the ``rows`` that ``read`` found good; without an ``event_id`` their content is their name.

        Raises:
            InvalidRequest: no row is good, or the event wrote other rows before.
            Transient: the intake could not take them; nothing was written, and the same call may succeed.
        """
        good, problems = read
        body = to_lines(self.definition, [rows[row] for row, _ in good])
        event_id = event_id or content_id(body)
        key = self.key(event_id)
        if problems:
            self._record(key, len(rows), len(rows) - len(good), problems, at)
        if not good:
            raise InvalidRequest(
                "no row is what the dataset holds: see the details",
                code="invalid_rows",
                details=list(problems[:MAX_TOLD]),
            )
        try:
            self.intake.put_new(key, body)
        except Conflict as error:
            raise InvalidRequest(
                f"the event {event_id} wrote other rows before: give these an event_id of their own",
                code="event_id_used",
            ) from error
        return Taken(
            event_id=event_id,
            body=body,
            rows=[row for _, row in good],
            refused=told(problems),
        )

    def key(self, event_id: str) -> str:
        """The key in the intake of what an event wrote."""
        return DatasetScope(self.dataset).live_upload(event_id)

    def _record(self, key: str, rows: int, bad: int, problems: Sequence[FieldProblem], at: datetime) -> None:
        row, field, why = problems[0]
        reason = f"{bad} of {rows} rows that were written in real time are bad; row {row}: {field} {why}"
        upload = Upload(bucket="", key=key, version_id="live")
        refusal = Refusal(at=at, reason=reason, source=upload, rows=rows, bad_rows=bad)
        self.records.refuse(self.dataset, refusal)


def told(problems: Sequence[FieldProblem]) -> list[RefusedRow]:
    """The first problems, as an answer has them."""
    return [RefusedRow(row=row, field=field, message=why) for row, field, why in problems[:MAX_TOLD]]


def content_id(body: bytes) -> str:
    """The name of an event that has none of its own."""
    return hashlib.sha256(body).hexdigest()


def check_event(rows: Sequence[Any], event_id: str | None, *, key: str) -> None:
    """Checks the number of rows and the name of an event.

    Raises:
        InvalidRequest: there are none under the ``key`` of the body, or too many; the name has other characters.
    """
    if not rows:
        raise InvalidRequest(f"'{key}' is empty: send at least one", code="no_rows")
    if len(rows) > MAX_ROWS:
        raise InvalidRequest(
            f"{len(rows)} rows are more than a request may hold: send up to {MAX_ROWS} at a time, or upload a file",
            code="too_many_rows",
        )
    if event_id is not None and not _is_event_id(event_id):
        raise InvalidRequest(
            "the event_id has letters, digits and _ . : - alone, 128 at most", code="invalid_event_id"
        )
