"""From an uploaded object to a version of a dataset that everybody was told of, however often it is tried.

A crash at any point is repaired by the next delivery of the same event: until a manifest names the part, nothing has
happened and all is done again; until the file's record says "announced", the event is sent again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from keepfit.errors import RefusedUpload
from keepfit.events import DATASET_UPDATED, Events
from keepfit.features.datasets.append_version import Appending
from keepfit.features.datasets.manifest import Source
from keepfit.features.datasets.ports import DatasetRecords, FoundUpload, Intake, Lake
from keepfit.features.datasets.records import FileRecord, Refusal
from keepfit.features.ingest.adding import Adding, NothingNew
from keepfit.features.ingest.comparing import Comparing
from keepfit.features.ingest.ingested import Ingested
from keepfit.features.ingest.reading import read_upload
from keepfit.features.ingest.validation import Outcome
from keepfit.features.io.formats import MAX_UPLOAD_BYTES, content_sha256, file_sha256, format_of
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.instants import now, to_iso

# A reason may quote the file, which may have a column's name of a megabyte; the registry takes no such item.
_MAX_REASON_LENGTH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """Takes uploads into one dataset."""

    dataset: str
    definition: DatasetDefinition
    intake: Intake
    lake: Lake
    records: DatasetRecords
    events: Events
    clock: Callable[[], datetime] = now

    def take(self, key: str, version_id: str | None) -> Ingested:
        """Takes one uploaded object, or refuses it and keeps the reason.

        Raises:
            NotFound: there is no such object.
            Transient: a service failed; the same call again finishes the work and does nothing twice.
        """
        found = self.intake.find(key, version_id)
        try:
            return self._take(found)
        except RefusedUpload as refusal:
            return self._refuse(found, str(refusal)[:_MAX_REASON_LENGTH])

    def _take(self, found: FoundUpload) -> Ingested:
        upload = found.upload
        if upload.key.endswith("/"):
            raise RefusedUpload(f"{upload.key!r} is a folder, not a file")
        file_format = format_of(upload.key)
        if not found.bytes:
            raise RefusedUpload("is empty; upload a file with rows")
        if found.bytes > MAX_UPLOAD_BYTES:
            raise RefusedUpload(
                f"is larger than {MAX_UPLOAD_BYTES / 2**30:g} GiB; split it into several files"
            )
        with tempfile.TemporaryDirectory(prefix="ingest-") as name:
            folder = Path(name)
            path = folder / "upload"
            self.intake.download(upload, path)
            source = _source(found, path)
            known = self.records.file(self.dataset, source.sha256)
            if known is not None and _same(known.source, found):
                return self._known(known, found)
            outcome = read_upload(
                path, file_format, dataset=self.definition, source=source, folder=folder, at=self.clock()
            )
            path.unlink()
            return self._keep(found, source, outcome, known, folder)

    def _keep(
        self, found: FoundUpload, source: Source, outcome: Outcome, known: FileRecord | None, folder: Path
    ) -> Ingested:
        """Adds what was read; ``known`` is the record of an upload of the same content, whose quarantine stays."""
        if outcome.part is None:
            return self._refuse(
                found, outcome.refused or "", outcome, self._quarantine(source, outcome, known)
            )
        replaces = self.lake.manifest(self.dataset, known.version).holding(source.sha256) if known else None
        adding = Adding(
            dataset=self.dataset,
            lake=self.lake,
            source=source,
            outcome=outcome,
            path=outcome.part,
            comparing=Comparing(
                dataset=self.definition, lake=self.lake, folder=folder, outcome=outcome, replaces=replaces
            ),
        )
        chain = Appending(
            dataset=self.dataset, schema=self.definition.fields, lake=self.lake, records=self.records
        )
        try:
            record = chain.append(source.sha256, adding, at=self.clock(), replaces=replaces)
        except NothingNew as refusal:
            if known is None:
                quarantine = self._quarantine(source, outcome, known)
                return self._refuse(found, str(refusal), outcome, quarantine)
            record = known
        return self._known(record, found)

    def _quarantine(self, source: Source, outcome: Outcome, known: FileRecord | None) -> str | None:
        if outcome.quarantine is None or known is not None:
            return None
        return self.lake.put_quarantine(self.dataset, source.sha256, outcome.quarantine)

    def _known(self, record: FileRecord, found: FoundUpload) -> Ingested:
        """Announces what was taken and not yet announced; says whether it was this upload that was taken."""
        news = record.status == "taken"
        if news:
            self._announce(record)
        if not _same(record.source, found):
            first = record.source
            raise RefusedUpload(
                f"has the same content as s3://{first.bucket}/{first.key} ({first.version_id}), "
                f"which is in version {record.version} already"
            )
        return Ingested(
            outcome="taken" if news else "already taken",
            dataset=self.dataset,
            key=found.upload.key,
            version=record.version,
            rows=record.rows,
            bad_rows=record.bad_rows,
            duplicate_rows=record.duplicate_rows,
            known_rows=record.known_rows,
        )

    def _announce(self, record: FileRecord) -> None:
        manifest = self.lake.manifest(self.dataset, record.version)
        detail = {
            "dataset": self.dataset,
            "version": manifest.version,
            "rows": manifest.rows,
            "first_event": manifest.first_event,
            "last_event": manifest.last_event,
        }
        self.events.put(DATASET_UPDATED, detail)
        self.records.announce(self.dataset, record.source.sha256)

    def _refuse(
        self, found: FoundUpload, reason: str, outcome: Outcome | None = None, quarantine: str | None = None
    ) -> Ingested:
        rows, bad_rows = (outcome.rows, outcome.bad_rows) if outcome else (None, None)
        self.records.refuse(
            self.dataset,
            Refusal(
                at=found.at,
                reason=reason,
                source=found.upload,
                rows=rows,
                bad_rows=bad_rows,
                quarantine=quarantine,
            ),
        )
        return Ingested(
            outcome="refused",
            dataset=self.dataset,
            key=found.upload.key,
            rows=rows,
            bad_rows=bad_rows,
            reason=reason,
        )


def _source(found: FoundUpload, path: Path) -> Source:
    return Source(
        **msgspec.structs.asdict(found.upload),
        sha256=content_sha256(path),
        uploaded_at=to_iso(found.at),
        file_sha256=file_sha256(path),
    )


def _same(source: Source, found: FoundUpload) -> bool:
    return (source.bucket, source.key, source.version_id) == (
        found.upload.bucket,
        found.upload.key,
        found.upload.version_id,
    )
