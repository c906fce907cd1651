"""Adding a part to a dataset while others do the same, without losing one or adding one twice.

The manifest of version n + 1 is what adds a part: it is written once, so of several writers one wins, and the others
build on its version. The head of the registry follows: whoever finds a manifest that the head does not point at moves
the head, whoever wrote the manifest, so that a writer that died in between holds nobody up.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keepfit.errors import Conflict, NotFound, RefusedUpload
from keepfit.features.datasets.manifest import Counted, Manifest, Part, following
from keepfit.features.datasets.ports import DatasetRecords, Lake
from keepfit.features.datasets.records import FileRecord
from keepfit.features.schema.definition import Field

_ATTEMPTS = 60
_PAUSE_S = 0.05

# What is added to a version, and how many rows count from then on.
Addition = Callable[[Manifest | None], tuple[Part, Counted | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appending:
    """One dataset's chain of versions."""

    dataset: str
    schema: dict[str, Field]
    lake: Lake
    records: DatasetRecords

    def append(
        self, sha256: str, addition: Addition, *, at: datetime, replaces: Part | None = None
    ) -> FileRecord:
        """Adds a part unless one of the same content is there; answers with the record of the one that is.

        Args:
            sha256: the content's.
            addition: asked for each version that the part might follow, None where it is the first.
            at: when this is.
            replaces: the part that was made of the same content before, and that is left out from now on.

        Raises:
            RefusedUpload: a field had another type when the newest version was written; or as ``addition`` says.
            Conflict: too many others append at the same time; the same call succeeds later.
        """
        for _ in range(_ATTEMPTS):
            head = self.records.newest(self.dataset)
            parent = self.lake.manifest(self.dataset, head) if head else None
            known = (
                self.records.file(self.dataset, sha256)
                if parent and parent.holding(sha256) not in (None, replaces)
                else None
            )
            if known is not None:
                return known
            following_one = self._following(parent, addition, at)
            if following_one is not None:
                self._advance(following_one)
        raise Conflict(f"{self.dataset}: gave up after {_ATTEMPTS} attempts to add a version; try again")

    def _following(self, parent: Manifest | None, addition: Addition, at: datetime) -> Manifest | None:
        """The version after ``parent``: ours, or the one that somebody else wrote first."""
        disagreement = parent.disagreement(self.schema) if parent else None
        if disagreement:
            raise RefusedUpload(disagreement)
        part, counted = addition(parent)
        ours = following(parent, part, dataset=self.dataset, schema=self.schema, at=at, counted=counted)
        try:
            self.lake.put_manifest(ours)
        except Conflict:
            try:
                return self.lake.manifest(self.dataset, ours.version)
            except NotFound:  # it is being written this very moment
                time.sleep(random.uniform(0, _PAUSE_S))  # noqa: S311 - spreads writers, keeps no secret
                return None
        return ours

    def _advance(self, manifest: Manifest) -> None:
        newest = manifest.parts[-1]
        record = FileRecord(
            status="taken",
            version=manifest.version,
            source=newest.source,
            rows=newest.rows,
            bad_rows=newest.bad_rows,
            ignored_columns=newest.ignored_columns,
            duplicate_rows=newest.duplicate_rows,
            known_rows=newest.known_rows,
        )
        try:
            self.records.take(self.dataset, record)
        except Conflict:
            return  # somebody moved the head already
