"""What training needs from the outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from keepfit.training.runs.admission_rules import AdmissionRecord
from keepfit.training.runs.run import Suppression, TrainingRun
from keepfit.training.runs.subscriptions import Subscription


class Runs(Protocol):
    """The runs of one model, the triggers that started none, and the record that admission decides on."""

    def admission(self) -> AdmissionRecord:
        """The newest record, never an older one; a fresh record for a model that was never asked to train."""
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

    def find(self, run_id: str) -> TrainingRun | None: ...

    def newest(self, limit: int) -> list[TrainingRun]:
        """Up to ``limit`` runs, the latest started first."""
        ...

    def suppress(self, suppression: Suppression) -> None:
        """Records a trigger that started no run; recording it again changes nothing."""
        ...

    def find_suppression(self, at: datetime, run_id: str) -> Suppression | None: ...

    def newest_suppressions(self, limit: int) -> list[Suppression]:
        """Up to ``limit`` of them, the latest first."""
        ...


class Executions(Protocol):
    """Executions of the training state machine."""

    def running(self, execution_arn: str) -> bool:
        """False for one that ended, failed, timed out, was stopped, or does not exist."""
        ...


class Alarms(Protocol):
    """The alarms that watch a model."""

    def standing_since(self, alarm: str) -> datetime | None:
        """When the alarm went to ALARM; None while it is in another state or does not exist."""
        ...


class LiveAlias(Protocol):
    """The pointer to the release that serves."""

    def current(self) -> tuple[str | None, dict[str, float]]:
        """The Lambda version behind the alias, None without one; and the weight of a canary's, while one bakes."""
        ...


class DataVersions(Protocol):
    """The datasets that models read."""

    def newest(self, dataset: str) -> int | None:
        """The newest version of ``dataset``; None where nothing was ingested yet."""
        ...


class Subscriptions(Protocol):
    """What the models that are deployed listen to."""

    def all(self) -> list[Subscription]:
        """Every model's, in the order of their names."""
        ...


class Starts(Protocol):
    """Starts executions of training state machines."""

    def start(self, machine: str, name: str, event: Mapping[str, Any]) -> bool:
        """Starts one under ``name``; False where there is, or was, one of this name.

        Raises:
            NotFound: there is no such machine, or it is being deleted.
        """
        ...


class Functions(Protocol):
    """Invokes functions without waiting for them."""

    def invoke(self, function: str, asked: Mapping[str, Any]) -> None:
        """Raises NotFound where there is no such function."""
        ...
