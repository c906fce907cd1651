"""Announces dataset versions on the event bus, at least once each."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from keepfit.errors import Conflict
from keepfit.events import DATASET_UPDATED, Events
from keepfit.features.datasets.ports import DatasetRecords, Lake
from keepfit.features.datasets.records import FileRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcing:
    """Announces versions of one dataset."""

    dataset: str
    lake: Lake
    records: DatasetRecords
    events: Events

    def announce(self, record: FileRecord) -> bool:
        """Sends ``Dataset Updated`` for the version of ``record``; False where that was done before.

        A crash in between sends it twice. What became of the upload since is announced by whoever did it.
        """
        if record.status == "announced":
            return False
        manifest = self.lake.manifest(self.dataset, record.version)
        detail = {
            "dataset": self.dataset,
            "version": manifest.version,
            "rows": manifest.rows,
            "first_event": manifest.first_event,
            "last_event": manifest.last_event,
            "upload": {"key": record.source.key, "sha256": record.source.sha256},
            "cause": msgspec.to_builtins(record.cause),
        }
        self.events.put(DATASET_UPDATED, detail)
        try:
            self.records.announce(self.dataset, record)
        except Conflict:
            now = self.records.file(self.dataset, record.source.sha256)
            if now is None or now.version == record.version:
                raise
        return True
