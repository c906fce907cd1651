"""What monitoring needs from the outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal, Protocol

from keepfit.monitoring.prediction_log.progress import Progress

AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


class PredictionLog(Protocol):
    """The objects that log delivery wrote for one model. Their keys begin with the hour, YYYY/MM/DD/HH/."""

    def after(self, key: str) -> Iterator[str]:
        """Keys greater than ``key``, ascending; all where it is empty."""
        ...

    def read(self, key: str) -> bytes:
        """The whole object. Raises NotFound where there is none."""
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


class AlarmStates(Protocol):
    """The present state of alarms."""

    def states(self, alarms: Sequence[str]) -> dict[str, AlarmState]:
        """The state of each of ``alarms`` by its name; INSUFFICIENT_DATA for one that does not exist."""
        ...
