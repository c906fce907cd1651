"""Admission: one trigger in, a run or a recorded suppression out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from keepfit.errors import Conflict
from keepfit.instants import Duration
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.champion import Champion
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission_record import AdmissionRecord
from keepfit.training.runs.admission_rules import Admitted, Suppressed, decide
from keepfit.training.runs.closing import Closing
from keepfit.training.runs.ports import Alarms, DataVersions, Executions, Runs
from keepfit.training.runs.run import ABORTED, Suppression, TrainingRun, fingerprint, name_run
from keepfit.training.runs.run_files import DEFINITION, RUN, RunFiles
from keepfit.training.runs.situation import Situation
from keepfit.training.runs.triggers import Trigger

# Each lost attempt means that another one won, so this many are lost only in a burst that Step Functions then spreads.
_MAX_ATTEMPTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The parts of a compiled model that admission needs.

    ``definition`` is its canonical JSON, kept with the run; ``datasets`` are all that it reads, ``spine`` the one whose
    rows hold the label. ``lease`` is how long a lock holds when nobody can tell whether its execution still runs.
    ``follows_deployments`` is whether what serves is packaged anew with what is deployed.
    """

    model: str
    definition: bytes
    definition_digest: str
    code_digest: str
    spine: str
    datasets: list[str]
    drift_alarm: str
    decay_alarms: list[str] = field(default_factory=list)
    policy: RetrainingDefinition
    lease: Duration
    follows_deployments: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The result of Admit for the state machine.

    ``release`` is the registered version to be released, None for a training. ``ask_again_at`` is until when the
    execution is to wait and then ask again, None where it is not to.
    """

    admitted: bool
    reason: str
    run_id: str
    release: int | None = None
    ask_again_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Admits triggers for one model; idempotent per execution."""

    plan: Plan
    runs: Runs
    executions: Executions
    alarms: Alarms
    data: DataVersions
    champion: Callable[[], Champion | None]
    newest_version: Callable[[], int | None]
    artifacts: ArtifactStore
    closing: Closing
    clock: Callable[[], datetime]

    def admit(self, trigger: Trigger, *, execution_arn: str, started_at: datetime) -> Answer:
        """Opens the execution's run, or records why there is none.

        Raises:
            Conflict: too many others were asking at the same moment; call again.
        """
        run_id = name_run(execution_arn, started_at)
        recorded = self.runs.find_suppression(started_at, run_id)
        if recorded is not None:
            self._go_on(recorded)
            return _no(recorded)
        decision, situation = self._decide(trigger, run_id, execution_arn)
        self.closing.tell_incidents(decision.record)
        if isinstance(decision, Suppressed):
            suppression = Suppression(
                model=self.plan.model,
                run_id=run_id,
                at=started_at,
                reason=decision.reason,
                trigger=decision.trigger,
                ask_again_at=decision.ask_again_at,
            )
            self.runs.suppress(suppression)
            self._go_on(suppression)
            return _no(suppression)
        self._open(decision.trigger, situation, started_at)
        return Answer(
            admitted=True,
            reason=f"requested by {decision.trigger.kind}",
            run_id=run_id,
            release=decision.trigger.release,
        )

    def _go_on(self, suppression: Suppression) -> None:
        """Asks the next of those that were kept, where this one is not to be answered any more."""
        if suppression.ask_again_at is None:
            self.closing.ask_next()

    def _decide(
        self, trigger: Trigger, run_id: str, execution_arn: str
    ) -> tuple[Admitted | Suppressed, Situation]:
        for _ in range(_MAX_ATTEMPTS):
            record = self._record_without_stale_lock(run_id)
            situation = self._situation(trigger, run_id, execution_arn)
            decision = decide(trigger, record, situation, self.plan.policy)
            if decision.record == record:
                return decision, situation
            try:
                self.runs.replace_admission(decision.record)
            except Conflict:
                continue
            return decision, situation
        raise Conflict(
            f"{self.plan.model}: the admission record changed {_MAX_ATTEMPTS} times while deciding; call again"
        )

    def _record_without_stale_lock(self, run_id: str) -> AdmissionRecord:
        record = self.runs.admission()
        if record.lock_run is None or record.lock_run == run_id or self._holds(record):
            return record
        self.closing.close(
            record.lock_run,
            ABORTED,
            reason=f"its execution ended without closing the run; found by run {run_id}",
        )
        return self.runs.admission()

    def _holds(self, record: AdmissionRecord) -> bool:
        """Whether an execution holds the lock: while it runs, but never longer than the lease."""
        if record.lock_execution is None or record.lock_until is None or self.clock() >= record.lock_until:
            return False
        return self.executions.running(record.lock_execution)

    def _situation(self, trigger: Trigger, run_id: str, execution_arn: str) -> Situation:
        data = {dataset: self.data.newest(dataset) for dataset in self.plan.datasets}
        present = {dataset: version for dataset, version in data.items() if version is not None}
        champion = self.champion()
        decay_alarm, decay_since = self._standing_decay()
        drift_since = self.alarms.standing_since(self.plan.drift_alarm)

        def of(read: dict[str, int]) -> str:
            return fingerprint(
                read, definition_digest=self.plan.definition_digest, code_digest=self.plan.code_digest
            )

        return Situation(
            run_id=run_id,
            execution_arn=execution_arn,
            now=self.clock(),
            spine=self.plan.spine,
            data=data,
            fingerprint=of(present),
            labels=of({name: version for name, version in present.items() if name == self.plan.spine}),
            champion=None if champion is None else champion.version,
            registered=self.newest_version() if trigger.kind == "node" and champion is None else None,
            follows_deployments=self.plan.follows_deployments,
            alarm_since=decay_since or drift_since,
            decay_alarm=decay_alarm,
            drift_since=drift_since if decay_alarm else None,
            lease=self.plan.lease,
        )

    def _standing_decay(self) -> tuple[str | None, datetime | None]:
        """The first alarm on decay that stands, and since when; None where none does."""
        for alarm in self.plan.decay_alarms:
            since = self.alarms.standing_since(alarm)
            if since is not None:
                return alarm, since
        return None, None

    def _open(self, trigger: Trigger, situation: Situation, started_at: datetime) -> None:
        """Writes the run and its first files; a retry writes the same run again."""
        run = self.runs.find(situation.run_id) or self._new_run(trigger, situation, started_at)
        self.runs.put(run)
        files = RunFiles(self.artifacts, run.folder)
        files.put(DEFINITION, self.plan.definition)
        files.put(RUN, run_document(run))

    def _new_run(self, trigger: Trigger, situation: Situation, started_at: datetime) -> TrainingRun:
        present = {dataset: version for dataset, version in situation.data.items() if version is not None}
        return TrainingRun(
            run_id=situation.run_id,
            model=self.plan.model,
            execution_arn=situation.execution_arn,
            started_at=started_at,
            trigger=trigger,
            data=present if trigger.release is None else {},
            definition_digest=self.plan.definition_digest,
            code_digest=self.plan.code_digest,
            champion=self.champion(),
        )


def _no(suppression: Suppression) -> Answer:
    return Answer(
        admitted=False,
        reason=suppression.reason,
        run_id=suppression.run_id,
        ask_again_at=suppression.ask_again_at,
    )


def run_document(run: TrainingRun) -> bytes:
    """``run.json``: the run as it was admitted, without its outcome."""
    document = msgspec.to_builtins(run)
    for later in ("closed_at", "outcome", "reason", "version"):
        del document[later]
    return msgspec.json.encode(document, order="sorted")
