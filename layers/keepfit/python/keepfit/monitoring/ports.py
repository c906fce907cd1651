"""Ports of monitoring: prediction log, collected predictions, progress, metrics, alarms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from keepfit.monitoring.prediction_log.progress import Progress

AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


class PredictionLog(Protocol):
    """The objects that log delivery wrote for one model; keys begin with YYYY/MM/DD/HH/."""

    def after(self, key: str) -> Iterator[str]:
        """Keys greater than ``key``, ascending; all keys where it is empty."""
        ...

    def read(self, key: str) -> bytes:
        """Reads the whole object. Raises NotFound where there is none."""
        ...


class ProgressRecord(Protocol):
    """Stores how far the monitoring of one model has come."""

    def load(self) -> Progress:
        """The newest record, never an older one; a fresh one before the first run."""
        ...

    def merge(self, progress: Progress) -> None:
        """Adds ``progress`` to the record without losing what concurrent runs add."""
        ...


class Metrics(Protocol):
    """Publishes the metrics that alarms watch."""

    def heartbeat(self) -> None:
        """Publishes that the monitor ran."""
        ...

    def drift(self, *, worst_drift: float, drifted_inputs: int) -> None:
        """Publishes the worst score and the number of drifted inputs."""
        ...

    def performance(self, value: float) -> None:
        """Publishes how well the champion did on outcomes, by the metric that judges it."""
        ...

    def estimate(self, value: float) -> None:
        """Publishes how well the champion is to be expected to do, by the same metric."""
        ...

    def decay(self, values: Mapping[str, float]) -> None:
        """Publishes by how much the champion is worse at least than when it was judged, by metrics of decay."""
        ...


class Alarms(Protocol):
    """Reads the alarms of a model."""

    def standing_since(self, alarm: str) -> datetime | None:
        """When the alarm went to ALARM; None in any other state, or where it does not exist."""
        ...


class AlarmStates(Protocol):
    """The present state of alarms."""

    def states(self, alarms: Sequence[str]) -> dict[str, AlarmState]:
        """The state of each of ``alarms`` by its name; INSUFFICIENT_DATA for one that does not exist."""
        ...
