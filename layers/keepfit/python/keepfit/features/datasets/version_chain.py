"""Writes the next version of a dataset under concurrent writers: none is lost, none comes twice.

The manifest of version n + 1 is written once, so of several writers one wins, and the others build on its version. The
head of the registry follows: whoever finds a manifest that the head does not point at moves the head, whoever wrote the
manifest, so that a writer that died in between holds nobody up.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from keepfit.errors import Conflict, NotFound
from keepfit.features.datasets.manifest import Manifest
from keepfit.features.datasets.ports import DatasetRecords, Lake
from keepfit.features.datasets.records import FileRecord, record_of

_MAX_ATTEMPTS = 60
_PAUSE_S = 0.05

# The version after the one given (None: the first), or the record of an upload that there is nothing to do for.
Step = Callable[[Manifest | None], Manifest | FileRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionChain:
    """The versions of one dataset."""

    dataset: str
    lake: Lake
    records: DatasetRecords

    def write(self, step: Step) -> FileRecord:
        """Writes the version that ``step`` makes of the newest; answers with the record of its upload.

        ``step`` is called for each version that its own might follow, and says so where that needs none.

        Raises:
            Conflict: too many others write at the same time; the same call succeeds later.
        """
        ours: Manifest | None = None
        for _ in range(_MAX_ATTEMPTS):
            head = self.records.newest(self.dataset)
            if ours and head and head >= ours.version:
                return record_of(ours)
            following = step(self.lake.manifest(self.dataset, head) if head else None)
            if isinstance(following, FileRecord):
                return following
            written = self._put(following)
            if written == following:
                ours = written
            if written:
                self._advance(written)
        raise Conflict(f"{self.dataset}: gave up after {_MAX_ATTEMPTS} attempts to add a version; try again")

    def _put(self, manifest: Manifest) -> Manifest | None:
        """The version under the number of ``manifest`` now: it, or the one that was written first."""
        try:
            self.lake.put_manifest(manifest)
        except Conflict:
            try:
                return self.lake.manifest(self.dataset, manifest.version)
            except NotFound:  # it is being written this very moment
                time.sleep(random.uniform(0, _PAUSE_S))  # noqa: S311 - spreads writers, keeps no secret
                return None
        return manifest

    def _advance(self, manifest: Manifest) -> None:
        try:
            self.records.take(self.dataset, record_of(manifest))
        except Conflict:
            return  # somebody moved the head already
