"""Training's ports in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

import msgspec

from keepfit.errors import Conflict, NotFound
from keepfit.monitoring.ports import AlarmState
from keepfit.training.runs.admission_record import AdmissionRecord
from keepfit.training.runs.model_subscription import Subscription
from keepfit.training.runs.run import Suppression, TrainingRun


@dataclass(slots=True, kw_only=True)
class MemoryRuns:
    """See ``training.ports.Runs``."""

    record: AdmissionRecord = field(default_factory=AdmissionRecord)
    runs: dict[str, TrainingRun] = field(default_factory=dict)
    suppressions: dict[tuple[datetime, str], Suppression] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def admission(self) -> AdmissionRecord:
        return self.record

    def replace_admission(self, record: AdmissionRecord) -> None:
        with self._lock:
            if self.record.revision != record.revision:
                raise Conflict(f"the record is at revision {self.record.revision}, not {record.revision}")
            self.record = msgspec.structs.replace(record, revision=record.revision + 1)

    def put(self, run: TrainingRun) -> None:
        self.runs[run.run_id] = run

    def find(self, run_id: str) -> TrainingRun | None:
        return self.runs.get(run_id)

    def newest(self, limit: int) -> list[TrainingRun]:
        return sorted(self.runs.values(), key=lambda run: (run.started_at, run.run_id), reverse=True)[:limit]

    def suppress(self, suppression: Suppression) -> None:
        self.suppressions[suppression.at, suppression.run_id] = suppression

    def find_suppression(self, at: datetime, run_id: str) -> Suppression | None:
        return self.suppressions.get((at, run_id))

    def newest_suppressions(self, limit: int) -> list[Suppression]:
        return [self.suppressions[key] for key in sorted(self.suppressions, reverse=True)[:limit]]


@dataclass(slots=True, kw_only=True)
class MemoryIncidentMetrics:
    """See ``training.ports.IncidentMetrics``."""

    published: list[int] = field(default_factory=list)

    def incidents(self, count: int) -> None:
        self.published.append(count)


@dataclass(slots=True, kw_only=True)
class MemoryExecutions:
    """See ``training.ports.Executions``; those in ``alive`` are running."""

    alive: set[str] = field(default_factory=set)

    def running(self, execution_arn: str) -> bool:
        return execution_arn in self.alive


@dataclass(slots=True, kw_only=True)
class MemoryAlarms:
    """See ``training.ports.Alarms``; ``standing`` maps alarms to the start of their ALARM state.

    Those in ``standing`` are in ALARM since then, those in ``quiet`` are OK.
    """

    standing: dict[str, datetime] = field(default_factory=dict)
    quiet: set[str] = field(default_factory=set)

    def standing_since(self, alarm: str) -> datetime | None:
        return self.standing.get(alarm)

    def states(self, alarms: Sequence[str]) -> dict[str, AlarmState]:
        return {alarm: self._state(alarm) for alarm in alarms}

    def _state(self, alarm: str) -> AlarmState:
        if alarm in self.standing:
            return "ALARM"
        return "OK" if alarm in self.quiet else "INSUFFICIENT_DATA"


@dataclass(slots=True, kw_only=True)
class MemoryLiveAlias:
    """See ``training.ports.LiveAlias``."""

    lambda_version: str | None = None
    weights: dict[str, float] = field(default_factory=dict)

    def current(self) -> tuple[str | None, dict[str, float]]:
        return self.lambda_version, dict(self.weights)


@dataclass(slots=True, kw_only=True)
class MemorySubscriptions:
    """See ``training.ports.Subscriptions``."""

    subscriptions: list[Subscription] = field(default_factory=list)

    def all(self) -> list[Subscription]:
        return sorted(self.subscriptions, key=lambda each: each.model)

    def get(self, model: str) -> Subscription:
        for each in self.subscriptions:
            if each.model == model:
                return each
        raise NotFound(f"no model {model!r} is deployed")


@dataclass(slots=True, kw_only=True)
class MemoryStarts:
    """See ``training.ports.Starts``; ``started`` maps (machine, name) to the event."""

    machines: set[str] = field(default_factory=set)
    started: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def start(self, machine: str, name: str, event: Mapping[str, Any]) -> bool:
        if machine not in self.machines:
            raise NotFound(f"there is no state machine {machine}")
        if (machine, name) in self.started:
            return False
        self.started[machine, name] = event
        return True


@dataclass(slots=True, kw_only=True)
class MemoryFunctions:
    """See ``training.ports.Functions``; ``invoked`` lists the payloads in order."""

    functions: set[str] = field(default_factory=set)
    invoked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def invoke(self, function: str, asked: Mapping[str, Any]) -> None:
        if function not in self.functions:
            raise NotFound(f"there is no function {function}")
        self.invoked.append((function, asked))
