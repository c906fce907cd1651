"""Forgets an entity of a dataset: rewrites or removes every file that holds it; a record stays.

First everything is looked at: files of rows that hold the entity get a copy without it, and uploads that do go, whose
other rows are rows of the dataset or are kept. Then one version of the dataset names the copies, and is announced;
then, once online views have come to it, the files of before are removed, with the rows that runs copied of them. Each
step is on record before the next, so that the same call makes good what died in between, and nothing is removed that a
version which counts still needs.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from keepfit.application.forget_requests import ForgettingRequests
from keepfit.application.forget_runs import ForgettingRuns
from keepfit.events import Events
from keepfit.features.datasets.announce import Announcing
from keepfit.features.datasets.ports import DatasetRecords, Intake, Lake
from keepfit.features.forgetting.entity import Entity, read_entity
from keepfit.features.forgetting.left_out_rows import LeftOutRows
from keepfit.features.forgetting.ports import ForgottenRecords, ObjectVersions
from keepfit.features.forgetting.progress import Progress
from keepfit.features.forgetting.record import Forgotten
from keepfit.features.forgetting.removing import RemovingRows
from keepfit.features.forgetting.rows import RewritingRows
from keepfit.features.forgetting.uploads import ForgettingUploads
from keepfit.features.forgetting.version import WritingVersion
from keepfit.features.online.materialization import Materializations
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.instants import now, to_iso

_AGAIN = "there was no time for the rest: the same command goes on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """Forgets entities of one dataset.

    Args:
        dataset: its name.
        definition: as it is deployed.
        lake: of the dataset.
        intake: of its uploads.
        records: of its uploads.
        events: tells of its versions.
        rows: all versions of the lake's objects.
        uploads: all versions of the intake's objects.
        runs: which read it.
        forgotten: the records.
        views: the names of its online views.
        materialized: how far these are.
        clock: the present.
    """

    dataset: str
    definition: DatasetDefinition
    lake: Lake
    intake: Intake
    records: DatasetRecords
    events: Events
    rows: ObjectVersions
    uploads: ObjectVersions
    runs: ForgettingRuns
    forgotten: ForgottenRecords
    views: Sequence[str] = ()
    materialized: Materializations | None = None
    clock: Callable[[], datetime] = now

    def forget(
        self,
        field: str,
        value: str,
        *,
        who: str,
        why: str = "",
        train: bool = True,
        goes_on: Callable[[], bool] = lambda: True,
    ) -> Forgotten:
        """Forgets the rows whose ``field`` has ``value``, and answers with the record.

        Args:
            field: of the dataset.
            value: as a file would hold it.
            who: whoever asks, for the record.
            why: the reason, for the record.
            train: whether models that read the dataset are to train because of it.
            goes_on: whether there is time for another file.

        Raises:
            InvalidRequest: there is no such field, or it has no such value.
            Transient: a service failed; the same call again finishes the work and loses nothing.
        """
        entity = read_entity(self.definition, field, value)
        record = self._begun(entity, who=who, why=why, train=train)
        progress = Progress(record=record, records=self.forgotten)
        progress.note(waits=[])
        if not self._look(entity, progress, goes_on):
            progress.waits(_AGAIN)
            return progress.record
        self._write(progress)
        if self._views_are_there(progress) and not self._remove(progress, goes_on):
            progress.waits(_AGAIN)
        if not progress.record.waits:
            progress.note(finished_at=to_iso(self.clock()))
        return progress.record

    def look(self, field: str, value: str, *, goes_on: Callable[[], bool] = lambda: True) -> Forgotten:
        """What holds the entity, as a record that is not kept; nothing is changed."""
        entity = read_entity(self.definition, field, value)
        progress = Progress(record=self._new(entity, who="", why="", train=False), records=None)
        whole = self._look(entity, progress, goes_on) and self.runs.forget(progress, goes_on)
        if not whole:
            progress.waits("there was no time to look at everything")
        return progress.record

    def _begun(self, entity: Entity, *, who: str, why: str, train: bool) -> Forgotten:
        """The record of the same entity that is not finished, or a new one."""
        for record in self.forgotten.all(self.dataset):
            same = record.field == entity.field and record.finished_at is None
            if same and entity.is_meant_by(record.salt, record.digest):
                return record
        begun = self._new(entity, who=who, why=why, train=train)
        self.forgotten.put(begun)
        return begun

    def _new(self, entity: Entity, *, who: str, why: str, train: bool) -> Forgotten:
        at, salt = self.clock(), secrets.token_hex(16)
        return Forgotten(
            id=f"{at:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}",
            dataset=self.dataset,
            field=entity.field,
            salt=salt,
            digest=entity.digest(salt),
            who=who,
            why=why,
            at=to_iso(at),
            train=train,
        )

    def _look(self, entity: Entity, progress: Progress, goes_on: Callable[[], bool]) -> bool:
        """Looks at rows and uploads; False where the time is up."""
        rewriting, newest = self._rewriting, self._writing.newest()
        whole = rewriting.look(entity, progress, newest, goes_on)
        if not whole or not self._uploads.look(entity, progress, newest, goes_on):
            return False
        requests = ForgettingRequests(objects=self.rows)
        if not requests.forget(self.runs.models(), entity, progress, goes_on):
            return False
        # Of uploads that are gone already, what was left out of them may quote the value.
        LeftOutRows(dataset=self.dataset, objects=self.rows).forget("", set(), entity, progress)
        if not progress.dry:
            rewriting.look_again(entity, progress, self._writing.newest())
        return True

    def _write(self, progress: Progress) -> None:
        """Writes the version, and announces it."""
        self._writing.write(progress)
        announcing = Announcing(
            dataset=self.dataset, lake=self.lake, records=self.records, events=self.events
        )
        for record in self._writing.unannounced(progress.record):
            announcing.announce(record)

    def _views_are_there(self, progress: Progress) -> bool:
        """Whether what views keep online is that of the version; they compare it with the files of before."""
        versions = progress.record.versions
        if not versions or self.materialized is None:
            return True
        late = [view for view in self.views if self._is_behind(view, versions[-1])]
        progress.waits(*(f"the online view {view} has not come to version {versions[-1]}" for view in late))
        return not late

    def _is_behind(self, view: str, version: int) -> bool:
        state = self.materialized.get(view) if self.materialized else None
        return state is not None and state.version < version

    def _remove(self, progress: Progress, goes_on: Callable[[], bool]) -> bool:
        """Removes files of rows, and the copies of runs; False where the time is up."""
        removing = RemovingRows(dataset=self.dataset, objects=self.rows)
        removing.remove(progress, self._writing.newest())
        return self.runs.forget(progress, goes_on)

    @property
    def _rewriting(self) -> RewritingRows:
        return RewritingRows(
            dataset=self.dataset,
            definition=self.definition,
            lake=self.lake,
            objects=self.rows,
            clock=self.clock,
        )

    @property
    def _writing(self) -> WritingVersion:
        return WritingVersion(
            dataset=self.dataset,
            definition=self.definition,
            lake=self.lake,
            records=self.records,
            clock=self.clock,
        )

    @property
    def _uploads(self) -> ForgettingUploads:
        return ForgettingUploads(
            dataset=self.dataset,
            definition=self.definition,
            intake=self.intake,
            objects=self.uploads,
            lake=self.lake,
            records=self.records,
            left_out=LeftOutRows(dataset=self.dataset, objects=self.rows),
            clock=self.clock,
        )
