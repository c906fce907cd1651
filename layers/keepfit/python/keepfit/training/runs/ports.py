"""Ports of training runs: records, metrics, executions, alarms, alias, datasets, subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from keepfit.training.runs.admission_record import AdmissionRecord
from keepfit.training.runs.model_subscription import Subscription
from keepfit.training.runs.run import Suppression, TrainingRun


class Runs(Protocol):
    """Stores the runs of one model, its suppressed triggers and its admission record."""

    def admission(self) -> AdmissionRecord:
        """The newest admission record, never an older one; a fresh one for a new model."""
        ...

    def replace_admission(self, record: AdmissionRecord) -> None:
        """Writes ``record`` under the next revision.

        Raises:
            Conflict: the stored revision is no longer ``record.revision``; read again and decide again.
        """
        ...

    def put(self, run: TrainingRun) -> None:
        """Writes or replaces a run."""
        ...

    def find(self, run_id: str) -> TrainingRun | None:
        """The run with this id, None where there is none."""
        ...

    def newest(self, limit: int) -> list[TrainingRun]:
        """Up to ``limit`` runs, the latest started first."""
        ...

    def suppress(self, suppression: Suppression) -> None:
        """Records a suppressed trigger; idempotent."""
        ...

    def find_suppression(self, at: datetime, run_id: str) -> Suppression | None:
        """The suppression with this run id, None where there is none."""
        ...

    def newest_suppressions(self, limit: int) -> list[Suppression]:
        """Up to ``limit`` suppressions, the latest first."""
        ...


class IncidentMetrics(Protocol):
    """Publishes what the alarm about incidents watches."""

    def incidents(self, count: int) -> None:
        """Publishes how many incidents of the model are open."""
        ...


class Executions(Protocol):
    """Reads executions of the training state machine."""

    def running(self, execution_arn: str) -> bool:
        """Whether it runs; False for one that ended, failed, timed out, was stopped or is unknown."""
        ...


class Alarms(Protocol):
    """Reads the alarms of a model."""

    def standing_since(self, alarm: str) -> datetime | None:
        """When the alarm went to ALARM; None in any other state, or where it does not exist."""
        ...


class LiveAlias(Protocol):
    """Reads the alias of the release that serves."""

    def current(self) -> tuple[str | None, dict[str, float]]:
        """The Lambda version behind the alias, None without one; and the weight of a canary."""
        ...


class DataVersions(Protocol):
    """Reads the versions of datasets."""

    def newest(self, dataset: str) -> int | None:
        """The newest version of ``dataset``; None where nothing was ingested yet."""
        ...


class Subscriptions(Protocol):
    """Reads the subscriptions of the deployed models."""

    def all(self) -> list[Subscription]:
        """The subscription of every model, in the order of their names."""
        ...

    def get(self, model: str) -> Subscription:
        """The subscription of one model. Raises NotFound where no such model is deployed."""
        ...


class Starts(Protocol):
    """Starts executions of training state machines."""

    def start(self, machine: str, name: str, event: Mapping[str, Any]) -> bool:
        """Starts an execution under ``name``; False where there is, or was, one of this name.

        Raises:
            NotFound: there is no such machine, or it is being deleted.
        """
        ...


class Functions(Protocol):
    """Invokes functions asynchronously."""

    def invoke(self, function: str, asked: Mapping[str, Any]) -> None:
        """Invokes a function. Raises NotFound where there is none of this name."""
        ...
