"""Ingests an uploaded object idempotently: appends a dataset version, then announces it.

A crash at any point is repaired by the next delivery of the same event: until a manifest names the part, nothing has
happened and all is done again; until the file's record says "announced", the event is sent again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from keepfit.errors import Conflict, RefusedUpload
from keepfit.events import FEATURES_BEHIND, Events
from keepfit.features.datasets.announce import Announcing
from keepfit.features.datasets.append_version import Appending
from keepfit.features.datasets.manifest import UPLOADED, Cause, Source, same_object
from keepfit.features.datasets.ports import DatasetRecords, FoundUpload, Intake, Lake
from keepfit.features.datasets.records import Discarded, FileRecord, Refusal
from keepfit.features.datasets.version_chain import VersionChain
from keepfit.features.ingest.companion_files import files_beside, is_named_by_a_table
from keepfit.features.ingest.comparisons import LakeHistory, LakeNeighbours
from keepfit.features.ingest.contracted import Examined, Examining
from keepfit.features.ingest.ingest_result import Ingested, Outcomes
from keepfit.features.ingest.new_part import Adding, NothingNew
from keepfit.features.ingest.object_checks import promised_format, source_of
from keepfit.features.ingest.quarantine import NOTHING_KEPT, Kept, keep_bad_rows
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.reading import read_upload
from keepfit.features.ingest.screening_port import Screening, waiting_reason
from keepfit.features.ingest.version_comparison import Comparing, GoodRows
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.instants import now, to_iso
from keepfit.layout import DatasetScope

# A reason may quote the file, which may have a column's name of a megabyte; the registry takes no such item.
_MAX_REASON_LENGTH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """Ingests uploads into one dataset; its contracts may refer to the ``others``."""

    dataset: str
    definition: DatasetDefinition
    intake: Intake
    lake: Lake
    records: DatasetRecords
    events: Events
    screening: Screening | None = None
    others: Mapping[str, DatasetDefinition] = field(default_factory=dict)
    clock: Callable[[], datetime] = now

    def take(self, key: str, version_id: str | None) -> Ingested:
        """Ingests one uploaded object, or refuses it and records the reason.

        One that was withdrawn since stays away, however often it is delivered. A file that a table names is read with
        the table.

        Raises:
            NotFound: there is no such object.
            Transient: a service failed; the same call again finishes the work and does nothing twice.
        """
        if is_named_by_a_table(key, self.definition):
            reason = "it is no data by itself: the table that is uploaded after it, into its folder, names it"
            return Ingested(outcome="ignored", dataset=self.dataset, key=key, reason=reason)
        return self._take(self.intake.find(key, version_id), UPLOADED)

    def again(self, key: str, version_id: str, *, who: str, why: str) -> Ingested:
        """Reads an uploaded object anew, by the definition as it stands now.

        Its good rows take the place of those that it brought before; one that was refused or withdrawn comes in.

        Raises:
            NotFound: there is no such object any more.
            Transient: as ``take``.
        """
        return self._take(self.intake.find(key, version_id), Cause(kind="again", who=who, why=why))

    def _take(self, found: FoundUpload, cause: Cause) -> Ingested:
        try:
            return self._read(found, cause)
        except RefusedUpload as refusal:
            return self._refuse(found, str(refusal))

    def _read(self, found: FoundUpload, cause: Cause) -> Ingested:
        upload, file_format = found.upload, promised_format(found)
        with tempfile.TemporaryDirectory(prefix="ingest-") as name:
            folder = Path(name)
            path = folder / "upload"
            self.intake.download(upload, path)
            beside = files_beside(upload.key, file_format, self.definition, self.intake, folder / "beside")
            source = source_of(found, path, beside.digests if beside else {})
            known = self.records.file(self.dataset, source.sha256)
            if known is not None and cause == UPLOADED and same_object(known.source, upload):
                return self._known(known, found)
            outcome = read_upload(
                path,
                file_format,
                dataset=self.definition,
                source=source,
                folder=folder,
                at=self.clock(),
                files=beside.folder if beside else None,
            )
            path.unlink()
            examined = self._examining(source, folder).examine(outcome, source, folder, at=self.clock())
            outcome = examined.outcome
            if outcome.part is None:
                return self._refuse(found, outcome.refused or "", examined, self._kept(source, outcome))
            # A person who has it read again, or had it before, has looked at it.
            waits = self._waits(examined, outcome.part) if known is None and cause == UPLOADED else ""
            if waits:
                return self._refuse(found, waits, examined, self._kept(source, outcome), held=True)
            adding = self._adding(source, examined, outcome.part, known, folder)
            return self._add(adding, found, known, cause)

    def _examining(self, source: Source, folder: Path) -> Examining:
        lake, records = self.lake, self.records
        history = LakeHistory(dataset=self.dataset, sha256=source.sha256, lake=lake, records=records)
        neighbours = LakeNeighbours(definitions=self.others, lake=lake, records=records, folder=folder)
        return Examining(definition=self.definition, history=history, neighbours=neighbours)

    def _waits(self, examined: Examined, part: Path) -> str:
        """Why an upload waits for a person: it breaks contracts, or stands out; empty where it does not."""
        version = self.records.newest(self.dataset)
        anomalies = []
        if self.screening is not None and version is not None:
            anomalies = self.screening.anomalies(part, self.lake.manifest(self.dataset, version))
        return waiting_reason(examined.waits, anomalies)

    def _adding(
        self, source: Source, examined: Examined, part: Path, known: FileRecord | None, folder: Path
    ) -> Adding:
        """What was read, to be added; ``known`` is the record of an upload of the same content."""
        outcome = examined.outcome
        replaces = self.lake.manifest(self.dataset, known.version).holding(source.sha256) if known else None
        comparing = Comparing(
            dataset=self.definition,
            lake=self.lake,
            folder=folder,
            good=GoodRows(
                path=part,
                sha256=source.sha256,
                rows=outcome.rows - outcome.bad_rows,
                bad_rows=outcome.bad_rows,
                first_event=outcome.first_event,
                last_event=outcome.last_event,
            ),
            replaces=replaces,
            same_upload=known is not None and same_object(known.source, source),
        )
        return Adding(
            dataset=self.dataset,
            lake=self.lake,
            source=source,
            outcome=outcome,
            path=part,
            comparing=comparing,
            examined=examined,
        )

    def _add(self, adding: Adding, found: FoundUpload, known: FileRecord | None, cause: Cause) -> Ingested:
        chain = VersionChain(dataset=self.dataset, lake=self.lake, records=self.records)
        appending = Appending(chain=chain, schema=self.definition.fields)
        try:
            record = appending.append(adding.source.sha256, adding, at=self.clock(), known=known, cause=cause)
        except NothingNew as refusal:
            if known is None or known.withdrawn:
                kept = self._kept(adding.source, adding.outcome)
                return self._refuse(found, str(refusal), adding.examined, kept)
            return self._known(known, found, str(refusal))
        return self._known(record, found)

    def _kept(self, source: Source, outcome: Outcome) -> Kept:
        return keep_bad_rows(self.lake, self.dataset, source.sha256, outcome)

    def _known(self, record: FileRecord, found: FoundUpload, nothing_new: str | None = None) -> Ingested:
        """Announces what was done and not yet announced; says whether it was this upload that was taken."""
        announcing = Announcing(
            dataset=self.dataset, lake=self.lake, records=self.records, events=self.events
        )
        news = announcing.announce(record)
        if not same_object(record.source, found.upload):
            raise _elsewhere(record)
        done: Outcomes = "taken" if news else "already taken"
        return Ingested(
            outcome="withdrawn" if record.withdrawn else done,
            dataset=self.dataset,
            key=found.upload.key,
            version=record.version,
            rows=record.rows,
            bad_rows=record.bad_rows,
            duplicate_rows=record.duplicate_rows,
            known_rows=record.known_rows,
            reason=nothing_new,
            contracts=record.contracts,
        )

    def discard(self, key: str, version_id: str, *, who: str, why: str) -> Ingested:
        """Records that an upload that is held stays out.

        Raises:
            Conflict: it is not held.
            NotFound: there is no such object any more.
        """
        found = self.intake.find(key, version_id)
        decision = Discarded(who=who, why=why, at=to_iso(self.clock()))
        self.records.discard(self.dataset, found.upload, found.at, decision)
        return Ingested(outcome="discarded", dataset=self.dataset, key=found.upload.key, reason=why)

    def _refuse(
        self,
        found: FoundUpload,
        reason: str,
        examined: Examined | None = None,
        kept: Kept = NOTHING_KEPT,
        *,
        held: bool = False,
    ) -> Ingested:
        if held:
            reason += f". Where that is right, take it by keepfit quarantine release {self.dataset} {found.upload.key}"
        reason, contracts = reason[:_MAX_REASON_LENGTH], examined.told if examined else []
        rows, bad_rows = (examined.outcome.rows, examined.outcome.bad_rows) if examined else (None, None)
        self.records.refuse(
            self.dataset,
            Refusal(
                at=found.at,
                reason=reason,
                source=found.upload,
                rows=rows,
                bad_rows=bad_rows,
                quarantine=kept.quarantine,
                report=kept.report,
                held=held,
                contracts=contracts,
            ),
        )
        if found.upload.key.startswith(DatasetScope(self.dataset).live_uploads):
            # Requests see its rows already, and are not to go on with what is no data.
            self.events.put(FEATURES_BEHIND, {"dataset": self.dataset, "refused": found.upload.key})
        return Ingested(
            outcome="refused",
            dataset=self.dataset,
            key=found.upload.key,
            rows=rows,
            bad_rows=bad_rows,
            reason=reason,
            contracts=contracts,
        )


def _elsewhere(record: FileRecord) -> RefusedUpload | Conflict:
    """Why an upload is not what was taken: the same content came by another."""
    first = record.source
    name = f"s3://{first.bucket}/{first.key} ({first.version_id})"
    if record.withdrawn:
        return Conflict(f"{name} has the same content and was withdrawn this moment; take the upload anew")
    return RefusedUpload(f"has the same content as {name}, which is in version {record.version} already")
