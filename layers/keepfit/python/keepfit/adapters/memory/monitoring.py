"""Monitoring's ports in memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keepfit.errors import NotFound
from keepfit.monitoring.prediction_log.parse import Input, Prediction
from keepfit.monitoring.prediction_log.progress import Progress
from keepfit.monitoring.profiles.bins import Binned, Bins, CategoryBins, NumericBins
from keepfit.monitoring.profiles.window import Instants, WindowColumns, WindowRows


@dataclass(slots=True, kw_only=True)
class MemoryPredictionLog:
    """See ``monitoring.ports.PredictionLog``."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def after(self, key: str) -> Iterator[str]:
        yield from (name for name in sorted(self.objects) if name > key)

    def read(self, key: str) -> bytes:
        try:
            return self.objects[key]
        except KeyError:
            raise NotFound(f"there is no log object {key!r}") from None


@dataclass(slots=True, kw_only=True)
class MemoryPredictions:
    """See ``monitoring.profiles.ports.Predictions``."""

    rows: dict[str, list[Prediction]] = field(default_factory=dict)

    def add(self, batch: str, predictions: Sequence[Prediction]) -> None:
        self.rows[batch] = list(predictions)

    def batches(self) -> set[str]:
        return set(self.rows)

    def between(self, start: datetime, end: datetime, columns: WindowColumns) -> Iterator[WindowRows]:
        return self.among([(start, end)], columns)

    def among(self, windows: Sequence[Instants], columns: WindowColumns) -> Iterator[WindowRows]:
        once = {p.prediction_id: p for batch in self.rows.values() for p in batch}
        rows = [p for p in once.values() if any(start <= p.event_time <= end for start, end in windows)]
        if not rows:
            return
        everything = [p for batch in self.rows.values() for p in batch]
        yield WindowRows(
            versions=np.array([p.version for p in rows]),
            columns={
                name: _read([p.inputs.get(name) for p in rows], bins)
                for name, bins in columns.inputs.items()
                if any(name in p.inputs for p in everything)
            },
            outputs={
                name: _read([p.outputs.get(name) for p in rows], bins)
                for name, bins in columns.outputs.items()
                if any(name in p.outputs for p in everything)
            },
            seconds=np.array([math.floor(p.event_time.timestamp()) for p in rows]) if columns.times else None,
            answers=_answers(rows, columns.answers) if columns.answers else None,
        )


@dataclass(slots=True, kw_only=True)
class MemoryProgress:
    """See ``monitoring.ports.ProgressRecord``."""

    progress: Progress = field(default_factory=Progress)

    def load(self) -> Progress:
        return self.progress

    def merge(self, progress: Progress) -> None:
        self.progress = self.progress.merged(progress)


@dataclass(slots=True, kw_only=True)
class MemoryMetrics:
    """See ``monitoring.ports.Metrics``."""

    heartbeats: int = 0
    drifts: list[tuple[float, int]] = field(default_factory=list)
    performances: list[float] = field(default_factory=list)
    estimates: list[float] = field(default_factory=list)
    decays: list[dict[str, float]] = field(default_factory=list)

    def heartbeat(self) -> None:
        self.heartbeats += 1

    def drift(self, *, worst_drift: float, drifted_inputs: int) -> None:
        self.drifts.append((worst_drift, drifted_inputs))

    def performance(self, value: float) -> None:
        self.performances.append(value)

    def estimate(self, value: float) -> None:
        self.estimates.append(value)

    def decay(self, values: Mapping[str, float]) -> None:
        self.decays.append(dict(values))


def _read(values: Sequence[Input], bins: Bins) -> NDArray[Any] | Binned:
    if isinstance(bins, NumericBins):
        return np.array([_number(value) for value in values], dtype=np.float64)
    return Binned(np.array([_bin(value, bins) for value in values], dtype=np.int64))


def _answers(rows: Sequence[Prediction], width: int) -> NDArray[np.float64]:
    found = np.full((len(rows), width), np.nan)
    for place, row in enumerate(rows):
        kept = row.answer[:width]
        found[place, : len(kept)] = kept
    return found


def _number(value: Input) -> float | None:
    try:
        return None if value is None or isinstance(value, list) else float(value)
    except ValueError:
        return None


def _bin(value: Input, bins: CategoryBins) -> int:
    if value is None:
        return bins.known + max(bins.unseen, 1)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return bins.values.index(text) if text in bins.values else bins.known + bins.place_of_unseen(text)
