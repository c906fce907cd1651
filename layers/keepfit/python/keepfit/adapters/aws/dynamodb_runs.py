"""Runs, suppressed triggers and the admission record of a model, in the registry table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.instants import to_iso
from keepfit.training.runs.admission_record import AdmissionRecord
from keepfit.training.runs.run import Suppression, TrainingRun

_ADMISSION = "admission"


class _Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """The sort key of a run's item: runs are sorted by their start and looked up by their id."""

    run: str


@dataclass(frozen=True, slots=True)
class DynamoRuns:
    """See ``training.ports.Runs``."""

    items: ModelItems

    def admission(self) -> AdmissionRecord:
        return self.items.get(_ADMISSION, AdmissionRecord) or AdmissionRecord()

    def replace_admission(self, record: AdmissionRecord) -> None:
        following = msgspec.structs.replace(record, revision=record.revision + 1)
        if record.revision == 0:
            self.items.put_new(_ADMISSION, following)
        else:
            self.items.put(_ADMISSION, following, condition="revision = :read", read=record.revision)

    def put(self, run: TrainingRun) -> None:
        key = f"run#{to_iso(run.started_at)}#{run.run_id}"
        self.items.put(key, run)
        self.items.put(f"runid#{run.run_id}", _Pointer(run=key))

    def find(self, run_id: str) -> TrainingRun | None:
        pointer = self.items.get(f"runid#{run_id}", _Pointer)
        return self.items.get(pointer.run, TrainingRun) if pointer else None

    def newest(self, limit: int) -> list[TrainingRun]:
        return self.items.newest("run#", TrainingRun, limit)

    def suppress(self, suppression: Suppression) -> None:
        self.items.put(_suppression_key(suppression.at, suppression.run_id), suppression)

    def find_suppression(self, at: datetime, run_id: str) -> Suppression | None:
        return self.items.get(_suppression_key(at, run_id), Suppression)

    def newest_suppressions(self, limit: int) -> list[Suppression]:
        return self.items.newest("suppressed#", Suppression, limit)


def _suppression_key(at: datetime, run_id: str) -> str:
    return f"suppressed#{to_iso(at)}#{run_id}"
