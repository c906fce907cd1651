"""What monitoring needs from the outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.monitoring.prediction_log.progress import Progress
from keepfit.monitoring.profiles.window import Columns, WindowRows


class PredictionLog(Protocol):
    """The objects that log delivery wrote for one model. Their keys begin with the hour, YYYY/MM/DD/HH/."""

    def after(self, key: str) -> Iterator[str]:
        """Keys greater than ``key``, ascending; all where it is empty."""
        ...

    def read(self, key: str) -> bytes:
        """The whole object. Raises NotFound where there is none."""
        ...


class Predictions(Protocol):
    """The collected predictions of one model."""

    def add(self, batch: str, predictions: Sequence[Prediction]) -> None:
        """Keeps ``predictions`` under the name ``batch``; the same batch again replaces it."""
        ...

    def batches(self) -> set[str]:
        """The names of the batches that are kept."""
        ...

    def between(self, start: datetime, end: datetime, columns: Columns) -> Iterator[WindowRows]:
        """The predictions whose event time lies in [start, end], each prediction id once, in parts that fit in memory.

        A column that no prediction has is left out. Where numbers are counted, a text that is none is missing; where
        categories are, a number or bool is its text. Categories come as ``Binned``.
        """
        ...


class ProgressRecord(Protocol):
    """How far monitoring of one model has come."""

    def load(self) -> Progress:
        """The newest record, never an older one; a fresh one before the first run."""
        ...

    def merge(self, progress: Progress) -> None:
        """Adds ``progress`` to what is on record, so that runs at the same time lose nothing of each other."""
        ...


class Metrics(Protocol):
    """Where the verdict of a run goes to be alarmed on."""

    def heartbeat(self) -> None:
        """Says that the monitor ran."""
        ...

    def drift(self, *, worst_drift: float, drifted_inputs: int) -> None:
        """Says what it found."""
        ...


class Alarms(Protocol):
    """The alarms that watch a model."""

    def standing_since(self, alarm: str) -> datetime | None:
        """When the alarm went to ALARM; None while it is in another state or does not exist."""
        ...
