"""A model's world in memory: its admission, its closing, and a clock that tests move."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from keepfit.adapters.memory.features import MemoryDatasets, MemoryEvents
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.adapters.memory.training import (
    MemoryAlarms,
    MemoryExecutions,
    MemoryIncidentMetrics,
    MemoryRuns,
)
from keepfit.events import RETRAINING_REQUESTED
from keepfit.instants import Duration
from keepfit.registry.champion import Champion
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission import Admission, Answer, Plan
from keepfit.training.runs.closing import Closing
from keepfit.training.runs.run import name_run
from keepfit.training.runs.triggers import read_trigger


@dataclass(slots=True, kw_only=True)
class World:
    policy: RetrainingDefinition = field(
        default_factory=lambda: RetrainingDefinition(
            on=["upload", "alarm"], cooldown=Duration(0), max_per_day=1000
        )
    )
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    executions: MemoryExecutions = field(default_factory=MemoryExecutions)
    alarms: MemoryAlarms = field(default_factory=MemoryAlarms)
    data: MemoryDatasets = field(default_factory=lambda: MemoryDatasets(heads={"flights": 1, "weather": 1}))
    artifacts: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    metrics: MemoryIncidentMetrics = field(default_factory=MemoryIncidentMetrics)
    announced: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    champion: Champion | None = None
    now: datetime = datetime(2013, 3, 1, 12, tzinfo=UTC)
    started: int = 0
    definition_digest: str = "d1"
    code_digest: str = "c1"

    @property
    def closing(self) -> Closing:
        return Closing(
            model="m", runs=self.runs, events=self.events, metrics=self.metrics, clock=lambda: self.now
        )

    @property
    def admission(self) -> Admission:
        plan = Plan(
            model="m",
            definition=b"{}",
            definition_digest=self.definition_digest,
            code_digest=self.code_digest,
            spine="flights",
            datasets=["flights", "weather"],
            drift_alarm="drift",
            decay_alarms=["m-decay", "m-estimated-decay"],
            policy=self.policy,
            lease=Duration.parse("6h"),
        )
        return Admission(
            plan=plan,
            runs=self.runs,
            executions=self.executions,
            alarms=self.alarms,
            data=self.data,
            champion=lambda: self.champion,
            newest_version=lambda: None,
            artifacts=self.artifacts,
            closing=self.closing,
            clock=lambda: self.now,
        )

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def start(self) -> str:
        """A new execution, running."""
        self.started += 1
        arn = f"arn:{self.started}"
        self.executions.alive.add(arn)
        return arn

    def admit(self, event: dict[str, Any], *, arn: str | None = None, at: datetime | None = None) -> Answer:
        arn = arn or self.start()
        answer = self.admission.admit(read_trigger(event), execution_arn=arn, started_at=at or self.now)
        if not answer.admitted:
            self.executions.alive.discard(arn)
        return answer

    def run_id(self, arn: str) -> str:
        return name_run(arn, self.now)

    def end(self, run_id: str, outcome: str = "released", **details: Any) -> None:
        """The execution's last state, and its end."""
        self.closing.close(run_id, outcome, **details)
        run = self.runs.find(run_id)
        assert run is not None
        self.executions.alive.discard(run.execution_arn)

    def event(
        self, event_id: str, kind: str = "Dataset Updated", source: str = "keepfit", **detail: Any
    ) -> dict[str, Any]:
        if kind == "Dataset Updated":
            detail = {"dataset": "flights", "version": self.data.heads.get("flights"), **detail}
        return {
            "id": event_id,
            "source": source,
            "detail-type": kind,
            "time": self.now.isoformat(),
            "detail": detail,
        }

    def asked_again(self) -> list[dict[str, Any]]:
        """What Close sent to the model, as EventBridge delivers it; each is delivered once."""
        sent = [each for each in self.events.sent if each[0] == RETRAINING_REQUESTED]
        self.announced += [each for each in self.events.sent if each[0] != RETRAINING_REQUESTED]
        self.events.sent = []
        return [
            self.event(f"again-{n}-{self.started}", kind, **detail) for n, (kind, detail) in enumerate(sent)
        ]
