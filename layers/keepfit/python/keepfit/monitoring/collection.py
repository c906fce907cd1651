"""Collects the prediction log into rows, each log object once, however late or often delivered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from keepfit.instants import Duration
from keepfit.monitoring.ports import PredictionLog, ProgressRecord
from keepfit.monitoring.prediction_log.batches import CollectedBatches
from keepfit.monitoring.prediction_log.parse import Prediction, read_log_object
from keepfit.monitoring.prediction_log.progress import Progress, progress_of
from keepfit.monitoring.profiles.ports import Predictions
from keepfit.monitoring.reports.report import Collected

_BATCH_ROWS = 20_000
_MAX_REASONS = 10


@dataclass(slots=True)
class _Batch:
    keys: list[str] = field(default_factory=list)
    rows: dict[str, Prediction] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The batch's name, equal for the same log objects, so that a repeated run adds nothing."""
        return hashlib.sha256("\n".join(self.keys).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Collects the prediction log of one model.

    ``reach`` is how far after its answer an event may happen and still move the newest event: one request about a
    day in ten years must not push everything else out of the window.
    ``batches`` remembers what was collected.
    """

    model: str
    log: PredictionLog
    predictions: Predictions
    batches: CollectedBatches
    progress: ProgressRecord
    reach: Duration

    def collect(self) -> Collected:
        """Collects every log object that was not collected before.

        Progress is recorded after each batch, so a run that dies loses nothing and repeats little.
        """
        total = Collected()
        for batch, part in self._batches(self.progress.load()):
            if batch.rows:
                self.predictions.add(batch.name, list(batch.rows.values()))
            believed, ahead = self._events(batch)
            self.batches.note(batch.name, believed, ahead=ahead)
            self.progress.merge(progress_of(batch.keys, max(believed, default=None)))
            total = _sum(total, part)
        return total

    def _batches(self, progress: Progress) -> Iterator[tuple[_Batch, Collected]]:
        batch, part = _Batch(), Collected()
        for key in progress.uncollected(self.log.after(progress.look_after)):
            reading = read_log_object(self.log.read(key), self.model)
            before = len(batch.rows)
            batch.keys.append(key)
            batch.rows.update((row.prediction_id, row) for row in reading.predictions)
            new = len(batch.rows) - before
            part = _sum(
                part,
                Collected(
                    objects=1,
                    rows=new,
                    duplicates=len(reading.predictions) - new,
                    broken=len(reading.broken),
                    reasons=[f"{key}: {reason}" for reason in reading.broken],
                ),
            )
            if len(batch.rows) >= _BATCH_ROWS:
                yield batch, part
                batch, part = _Batch(), Collected()
        if batch.keys:
            yield batch, part

    def _events(self, batch: _Batch) -> tuple[list[datetime], list[datetime]]:
        """When its rows happen: those to be believed, and those too far ahead of their answers."""
        believed, ahead = list[datetime](), list[datetime]()
        for row in batch.rows.values():
            (believed if row.event_time <= row.at + self.reach.delta else ahead).append(row.event_time)
        return believed, ahead


def _sum(first: Collected, second: Collected) -> Collected:
    return Collected(
        objects=first.objects + second.objects,
        rows=first.rows + second.rows,
        duplicates=first.duplicates + second.duplicates,
        broken=first.broken + second.broken,
        reasons=[*first.reasons, *second.reasons][:_MAX_REASONS],
    )
