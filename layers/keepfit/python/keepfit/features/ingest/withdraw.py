"""Withdraws an upload from its dataset: writes a version without its rows, then announces it.

Older versions keep its part, so that the runs that read them can be explained and repeated. A crash at any point is
repaired by the same call: until a manifest leaves the part out nothing has happened, and until the upload's record says
"announced" the event is sent again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from keepfit.errors import Conflict, NotFound
from keepfit.events import Events
from keepfit.features.datasets.announce import Announcing
from keepfit.features.datasets.manifest import Cause, Counted, Manifest, Part
from keepfit.features.datasets.next_version import without
from keepfit.features.datasets.ports import DatasetRecords, Lake
from keepfit.features.datasets.records import FileRecord
from keepfit.features.datasets.version_chain import VersionChain
from keepfit.features.ingest.version_comparison import Comparing, GoodRows
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.instants import now


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a withdrawal: the dataset is without the ``rows`` of the upload since ``version``."""

    outcome: Literal["withdrawn", "already withdrawn"]
    dataset: str
    key: str
    sha256: str
    version: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawing:
    """Withdraws uploads from one dataset."""

    dataset: str
    definition: DatasetDefinition
    lake: Lake
    records: DatasetRecords
    events: Events
    clock: Callable[[], datetime] = now

    def withdraw(self, sha256: str, *, who: str, why: str, train: bool = True) -> Withdrawn:
        """Writes a version without the upload of this content; what it had replaced by a key counts again.

        Args:
            sha256: the content's.
            who: whoever asks, for the record.
            why: the reason, for the record.
            train: whether models that learn from the dataset are to train because of it.

        Raises:
            NotFound: no upload of this content is part of the dataset, or ever was.
            Transient: a service failed; the same call again finishes the work and does nothing twice.
        """
        known = self.records.file(self.dataset, sha256)
        if known is None:
            raise NotFound(
                f"no upload of {self.dataset} has the SHA-256 {sha256}; `keepfit datasets show {self.dataset}` "
                "lists them"
            )
        cause = Cause(kind="withdrawal", who=who, why=why, train=train)
        record = known if known.withdrawn else self._write(known, cause)
        news = self._announcing.announce(record)
        return Withdrawn(
            outcome="withdrawn" if news else "already withdrawn",
            dataset=self.dataset,
            key=record.source.key,
            sha256=sha256,
            version=record.version,
            rows=record.rows,
        )

    @property
    def _announcing(self) -> Announcing:
        return Announcing(dataset=self.dataset, lake=self.lake, records=self.records, events=self.events)

    def _write(self, known: FileRecord, cause: Cause) -> FileRecord:
        """The record of the withdrawal, be it ours or another's that came first."""
        sha256, at = known.source.sha256, self.clock()
        with tempfile.TemporaryDirectory(prefix="withdraw-") as folder:

            def step(parent: Manifest | None) -> Manifest | FileRecord:
                record = self.records.file(self.dataset, sha256)
                part = parent.holding(sha256) if parent else None
                if parent is None or part is None or record is None or record.version != known.version:
                    return record or known
                counted = self._counted(parent, part, Path(folder))
                return without(parent, part, at=at, counted=counted, cause=cause)

            record = VersionChain(dataset=self.dataset, lake=self.lake, records=self.records).write(step)
        if not record.withdrawn:
            raise Conflict(
                f"{record.source.key} was taken again this moment, in version {record.version} of {self.dataset}; "
                "withdraw it anew if it is to go all the same"
            )
        return record

    def _counted(self, parent: Manifest, part: Part, folder: Path) -> Counted | None:
        """How many rows count without the part; None where rows to compare it with are gone, or are too many."""
        path = folder / "withdrawn.parquet"
        rows = GoodRows(
            path=path,
            sha256=part.sha256,
            rows=part.rows,
            bad_rows=part.bad_rows,
            first_event=part.first_event,
            last_event=part.last_event,
        )
        comparing = Comparing(dataset=self.definition, lake=self.lake, folder=folder, good=rows)
        try:
            self.lake.get_part(part, path)
            return comparing.counted_without(parent)
        except NotFound:
            return None
