"""Writes the version of a dataset that names rewritten parts instead of those that held an entity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keepfit.features.datasets.manifest import Cause, Counted, Manifest
from keepfit.features.datasets.next_version import with_rewritten
from keepfit.features.datasets.ports import DatasetRecords, Lake
from keepfit.features.datasets.records import FileRecord
from keepfit.features.datasets.version_chain import VersionChain
from keepfit.features.forgetting.progress import Progress
from keepfit.features.forgetting.record import Forgotten
from keepfit.features.schema.definition import DatasetDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingVersion:
    """Writes versions of one dataset without an entity."""

    dataset: str
    definition: DatasetDefinition
    lake: Lake
    records: DatasetRecords
    clock: Callable[[], datetime]

    def write(self, progress: Progress) -> None:
        """Writes a version where the newest one names a file that held the entity.

        A version that a call wrote before it died is found again, and is on record then.
        """
        held = {one.key for one in progress.record.of("rows")}
        newest = self.newest()
        if newest is not None and any(part.key in held for part in newest.parts):
            VersionChain(dataset=self.dataset, lake=self.lake, records=self.records).write(
                lambda parent: self._step(parent, held, progress.record)
            )
        progress.note(versions=self._versions(progress.record))

    def newest(self) -> Manifest | None:
        """The newest version; None where nothing was ingested yet."""
        version = self.records.newest(self.dataset)
        return None if version is None else self.lake.manifest(self.dataset, version)

    def unannounced(self, record: Forgotten) -> list[FileRecord]:
        """The records of uploads that stand for a version of this forgetting, not announced yet."""
        files = self.records.files(self.dataset)
        return [
            one
            for one in files
            if one.status != "announced" and one.cause is not None and one.cause.record == record.id
        ]

    def _step(self, parent: Manifest | None, held: set[str], record: Forgotten) -> Manifest | FileRecord:
        rewritten = {
            part.key: found
            for part in (parent.parts if parent else ())
            if part.key in held and (found := self.lake.rewritten(part.key)) is not None
        }
        if parent is None or not rewritten:
            return self.records.files(self.dataset)[0]  # another call wrote it meanwhile
        cause = Cause(kind="forgetting", who=record.who, why=record.why, train=record.train, record=record.id)
        following = with_rewritten(parent, rewritten, at=self.clock(), cause=cause)
        if parent.is_unrepeated(self.definition.identity):
            counted = Counted(rows=following.rows, by=sorted(self.definition.identity))
            return with_rewritten(parent, rewritten, at=self.clock(), cause=cause, counted=counted)
        return following

    def _versions(self, record: Forgotten) -> list[int]:
        """The versions that this forgetting made, the oldest first."""
        found: list[int] = []
        manifest = self.newest()
        while manifest is not None and manifest.created_at >= record.at:
            if manifest.cause is not None and manifest.cause.record == record.id:
                found.append(manifest.version)
            manifest = self.lake.manifest(self.dataset, manifest.parent) if manifest.parent else None
        return found[::-1]
