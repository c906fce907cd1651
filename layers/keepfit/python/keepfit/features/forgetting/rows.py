"""Rewrites the files of rows that hold an entity: those of the newest version and all former ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from keepfit.errors import NotFound
from keepfit.features.datasets.manifest import Manifest, RewrittenPart
from keepfit.features.datasets.ports import Lake
from keepfit.features.forgetting.days_left import class_of
from keepfit.features.forgetting.entity import Entity
from keepfit.features.forgetting.parquet_rows import rows_of, without_entity
from keepfit.features.forgetting.ports import ObjectVersion, ObjectVersions
from keepfit.features.forgetting.progress import Progress
from keepfit.features.forgetting.record import ForgottenObject
from keepfit.features.io.formats import file_sha256
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.instants import from_iso
from keepfit.layout import DatasetScope

# A file that no version names may be on its way into one; whoever wrote it has fifteen minutes.
_ON_ITS_WAY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewritingRows:
    """Rewrites the rows of one dataset.

    Args:
        dataset: its name.
        definition: as it is now.
        lake: where rows are.
        objects: of the lake.
        clock: the present.
    """

    dataset: str
    definition: DatasetDefinition
    lake: Lake
    objects: ObjectVersions
    clock: Callable[[], datetime]

    def look(
        self,
        entity: Entity,
        progress: Progress,
        newest: Manifest | None,
        goes_on: Callable[[], bool],
    ) -> bool:
        """Looks at every file of rows that was not looked at yet; False where the time is up before the last.

        Those with the entity are on record then, each with a copy without it. Nothing is removed.
        """
        done = progress.record.rows_after
        for found in self.objects.list(self._scope.parts, done):
            if not goes_on():
                progress.note(rows_after=done)
                return False
            if found.key.endswith(".parquet"):
                self._look_at(found, entity, progress, newest)
            done = found.key
        progress.note(rows_after=done)
        return True

    def look_again(self, entity: Entity, progress: Progress, newest: Manifest | None) -> None:
        """Looks once more at files that came lately, wherever they are in the order of keys."""
        since = from_iso(progress.record.at) - _ON_ITS_WAY
        made = {one.became for one in progress.record.objects}
        for found in [*self.objects.list(self._scope.parts)]:
            ours = found.key in made or progress.known(found.key, found.version_id)
            if found.key.endswith(".parquet") and found.at >= since and not ours:
                self._look_at(found, entity, progress, newest)

    @property
    def _scope(self) -> DatasetScope:
        return DatasetScope(self.dataset)

    def _look_at(
        self, found: ObjectVersion, entity: Entity, progress: Progress, newest: Manifest | None
    ) -> None:
        current = newest is not None and any(part.key == found.key for part in newest.parts)
        with TemporaryDirectory(prefix="forget-") as folder:
            path = Path(folder) / "rows.parquet"
            try:
                self.objects.fetch(found.key, found.version_id, path)
            except NotFound:
                return  # it expired this moment
            rows = rows_of(path, entity)
            if not rows:
                return
            if not current and found.at > self.clock() - _ON_ITS_WAY:
                progress.waits(f"{found.key}: no version names it yet, and one may in the next hour")
                return
            self._note(found, entity, path, rows, progress)
        if current:
            progress.note(rows=progress.record.rows + rows)

    def _note(self, found: ObjectVersion, entity: Entity, path: Path, rows: int, progress: Progress) -> None:
        """Puts a file of rows on record, with the copy that takes its place."""
        became = None if progress.dry else self._rewritten(found.key, entity, path, progress)
        one = ForgottenObject(
            place="rows",
            key=found.key,
            version_id=found.version_id,
            sha256=file_sha256(path),
            rows=rows,
            became=became,
        )
        progress.found(one)

    def _rewritten(self, key: str, entity: Entity, path: Path, progress: Progress) -> str:
        """The key of a copy without the entity, which takes the place of the part under ``key``."""
        known = self.lake.rewritten(key)
        if known is not None:
            self._look_at_copy(known, entity, path.with_name("copy.parquet"), progress)
            return (self.lake.rewritten(key) or known).key
        target, sha256 = path.with_name("left.parquet"), self._scope.upload_of(key)
        left = without_entity(path, entity, self.definition, target)
        profile = None
        if left.profile is not None:
            told = path.with_name("profile.json")
            told.write_bytes(msgspec.json.encode(left.profile, order="deterministic"))
            profile = self.lake.put_profile(self.dataset, sha256, told)
        stored = self.lake.put_rewritten_part(self.dataset, sha256, target, self._days_left(left.ingested_at))
        rewritten = RewrittenPart(
            key=stored.key,
            version_id=stored.version_id,
            rows=left.rows,
            bytes=target.stat().st_size,
            first_event=left.first_event,
            last_event=left.last_event,
            profile=profile,
        )
        self.lake.put_rewritten(key, rewritten)
        return stored.key

    def _days_left(self, ingested_at: str) -> int | None:
        keep = self.definition.keep
        return class_of(keep, from_iso(ingested_at), self.clock()) if keep and ingested_at else None

    def _look_at_copy(self, known: RewrittenPart, entity: Entity, path: Path, progress: Progress) -> None:
        """A copy that a call made before it died, or that was made for another entity and holds this one."""
        try:
            self.objects.fetch(known.key, known.version_id, path)
        except NotFound:
            return  # it was rewritten itself
        if rows := rows_of(path, entity):
            with TemporaryDirectory(dir=path.parent) as folder:
                copy = path.rename(Path(folder) / "rows.parquet")
                found = ObjectVersion(known.key, known.version_id, self.clock())
                self._note(found, entity, copy, rows, progress)
