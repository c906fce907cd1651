"""Finds the uploads that hold an entity, keeps what is left of each, and removes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from keepfit.errors import NotFound, RefusedUpload
from keepfit.features.datasets.expired_parts import get_kept
from keepfit.features.datasets.manifest import Manifest, Part, Source, Upload, same_object
from keepfit.features.datasets.ports import DatasetRecords, FoundUpload, Intake, Lake
from keepfit.features.datasets.records import FileRecord, Refusal
from keepfit.features.forgetting.entity import Entity
from keepfit.features.forgetting.left_out_rows import LeftOutRows
from keepfit.features.forgetting.parquet_rows import lines_of
from keepfit.features.forgetting.ports import ObjectVersion, ObjectVersions
from keepfit.features.forgetting.progress import Progress
from keepfit.features.forgetting.record import ForgottenObject
from keepfit.features.forgetting.uploaded_rows import keep_the_rest, look_into
from keepfit.features.ingest.object_checks import promised_format, source_of
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.layout import DatasetScope

# S3 tells of an upload for so long at most; what nobody knows after that was told and forgotten, or never will be.
_ON_ITS_WAY: Final = timedelta(days=1)
_MAX_REFUSALS: Final = 100_000
_REMOVED: Final = "an entity was forgotten, and the file held it; "


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgettingUploads:
    """The uploads of one dataset.

    Args:
        dataset: its name.
        definition: as it is now.
        intake: where uploads are.
        objects: all versions of them.
        lake: of the dataset.
        records: of the dataset.
        left_out: what is kept of their bad rows.
        clock: the present.
    """

    dataset: str
    definition: DatasetDefinition
    intake: Intake
    objects: ObjectVersions
    lake: Lake
    records: DatasetRecords
    left_out: LeftOutRows
    clock: Callable[[], datetime]

    def look(
        self,
        entity: Entity,
        progress: Progress,
        newest: Manifest | None,
        goes_on: Callable[[], bool],
    ) -> bool:
        """Looks at every upload that was not looked at yet; False where the time is up before the last.

        Those that hold the entity go, once what is left of each is kept: its rows that are no rows of the dataset.
        """
        files = self.records.files(self.dataset)
        refusals = self.records.refusals(self.dataset, _MAX_REFUSALS)
        done, waiting = progress.record.uploads_after, False
        for found in self.objects.list(DatasetScope(self.dataset).uploads, done):
            if not goes_on():
                progress.note(uploads_after=done)
                return False
            waits = self._look_at(found, entity, progress, newest, files, refusals)
            waiting = waiting or waits
            done = done if waiting else found.key
        progress.note(uploads_after=done)
        return True

    def _look_at(
        self,
        found: ObjectVersion,
        entity: Entity,
        progress: Progress,
        newest: Manifest | None,
        files: list[FileRecord],
        refusals: list[Refusal],
    ) -> bool:
        """Whether the upload holds the entity and waits: it is neither taken nor refused yet."""
        try:
            upload = self.intake.find(found.key, found.version_id)
            promised = promised_format(upload)
        except (NotFound, RefusedUpload):
            return False  # no table: a picture beside one, or a folder
        known = next((one for one in files if same_object(one.source, upload.upload)), None)
        refusal = next((one for one in refusals if same_object(one.source, upload.upload)), None)
        with TemporaryDirectory(prefix="forget-") as folder:
            path = Path(folder) / "upload"
            self.intake.download(upload.upload, path)
            source = known.source if known else _source(upload, path)
            looked = look_into(path, promised, source, entity, self.definition, self.clock())
            if looked.unclear:
                progress.unclear(f"{found.key} ({found.version_id})")
            if not looked.lines:
                return False
            on_its_way = known is None and refusal is None and upload.at > self.clock() - _ON_ITS_WAY
            if on_its_way:
                progress.waits(f"{found.key}: the upload is not taken or refused yet")
                return True
            part = newest.holding(source.sha256) if newest else None
            rest = None
            if not progress.dry:
                taken = self._taken(part, Path(folder)) if part else set[int]()
                try:
                    rest = self._keep_the_rest(path, upload, source, looked.lines | taken)
                except RefusedUpload as error:
                    progress.unclear(f"{found.key} ({found.version_id}): {error}")
                    return False
            self.left_out.forget(source.sha256, looked.lines, entity, progress)
            self._remove(found, source, len(looked.lines), rest, progress)
            if refusal and not progress.dry:
                self._say_so(refusal, rest)
        return False

    def _taken(self, part: Part, folder: Path) -> set[int]:
        """The places in the upload of the rows that are rows of the dataset."""
        path = folder / "taken.parquet"
        return lines_of(path) if get_kept(self.lake, part, path, self.definition) else set()

    def _keep_the_rest(
        self, path: Path, upload: FoundUpload, source: Source, left_out: set[int]
    ) -> str | None:
        """The key of the rows that would go with the file and are no rows of the dataset; None without any."""
        target = path.with_name("rest.jsonl")
        rows = keep_the_rest(
            path,
            promised_format(upload),
            source,
            self.definition,
            self.clock(),
            left_out=left_out,
            target=target,
        )
        return self.lake.put_rest(self.dataset, source.sha256, target) if rows else None

    def _remove(
        self, found: ObjectVersion, source: Source, rows: int, rest: str | None, progress: Progress
    ) -> None:
        one = ForgottenObject(
            place="upload",
            key=found.key,
            version_id=found.version_id,
            sha256=source.file_sha256,
            rows=rows,
            became=rest,
        )
        progress.found(one)
        if not progress.dry:
            self.objects.remove(found.key, found.version_id)
            progress.found(msgspec.structs.replace(one, removed=True))

    def _say_so(self, refusal: Refusal, rest: str | None) -> None:
        """The record of a refused upload no longer quotes it, and says where the rest of it is."""
        left = f"the rest of it is {rest}" if rest else "there was nothing else in it"
        self.records.refuse(
            self.dataset,
            msgspec.structs.replace(refusal, reason=_REMOVED + left, held=False, contracts=[]),
        )


def _source(upload: FoundUpload, path: Path) -> Source:
    """The upload as the source of rows, by its content alone."""
    try:
        return source_of(upload, path, {})
    except RefusedUpload:
        found: Upload = upload.upload
        return Source(**msgspec.structs.asdict(found), sha256="unread")
