"""Closing: releases the lock, records the outcome, sends kept triggers again, closes incidents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from keepfit.errors import Conflict
from keepfit.events import INCIDENT_CLOSED, INCIDENT_OPENED, RETRAINING_REQUESTED, Events
from keepfit.registry.gain import LaterGain
from keepfit.training.runs.admission_record import AdmissionRecord, next_kept, with_waiting, without_waiting
from keepfit.training.runs.failures import Failed, Retry
from keepfit.training.runs.giving_up import with_gain
from keepfit.training.runs.incidents import Incident, closed, open_incidents
from keepfit.training.runs.lock import release
from keepfit.training.runs.ports import IncidentMetrics, Runs
from keepfit.training.runs.run import ABANDONED, ABORTED, RELEASED, TrainingRun
from keepfit.training.runs.triggers import Trigger

_MAX_ATTEMPTS = 20
_ANNOUNCED_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Closes runs of one model; every step is idempotent, so a failed call can be repeated."""

    model: str
    runs: Runs
    events: Events
    metrics: IncidentMetrics
    clock: Callable[[], datetime]

    def close(
        self,
        run_id: str,
        outcome: str,
        *,
        reason: str | None = None,
        version: int | None = None,
        retry: Retry = "later",
    ) -> None:
        """Closes ``run_id`` with ``outcome`` and releases its lock.

        A run that is closed already keeps its outcome, unless that was "aborted" by somebody who thought it dead.
        ``retry`` is whether a training that came to no verdict is tried again.

        Raises:
            Conflict: too many others were writing at the same moment; call again.
        """
        run = self.end(run_id, outcome, reason=reason, version=version)
        learned = run is not None and run.outcome not in (ABANDONED, ABORTED)
        said = (run.reason if run else reason) or outcome
        serves = run is not None and (run.champion is not None or run.outcome == RELEASED)
        failed = None if learned else Failed(reason=said, retry=retry)
        record = self._change(
            lambda record: release(
                record,
                run_id=run_id,
                at=self.clock(),
                failed=failed,
                serves=serves,
                released=run is not None and run.outcome == RELEASED,
            )
        )
        self.tell_incidents(record)
        self.ask_next()

    def end(
        self, run_id: str, outcome: str, *, reason: str | None = None, version: int | None = None
    ) -> TrainingRun | None:
        """Closes the run but leaves it the lock, so that its steps know that it is over.

        Returns:
            The run as it is closed; None where Admit died before it wrote the run.
        """
        run = self.runs.find(run_id)
        if run is None:
            return None
        if run.closed_at is not None and (run.outcome != ABORTED or outcome == ABORTED):
            return run
        closed = msgspec.structs.replace(
            run,
            closed_at=self.clock(),
            outcome=outcome,
            reason=reason,
            version=run.version if version is None else version,
        )
        self.runs.put(closed)
        return closed

    def close_incidents(self, *, who: str, why: str) -> list[Incident]:
        """Closes what is open and asks again for what was given up; the incidents that were closed.

        Raises:
            Conflict: too many others were writing at the same moment; call again.
        """
        at = self.clock()

        def without(record: AdmissionRecord) -> AdmissionRecord:
            found = open_incidents(record.incidents)
            if not found:
                return record
            for incident in found:
                again = incident.trigger.again(failed_run=incident.runs[-1], attempt=incident.attempts + 1)
                record = with_waiting(record, again, None)
            after = closed(record.incidents, at=at, by=who, why=why)
            return msgspec.structs.replace(
                record, incidents=after, failures=None, in_vain={}, answered_alarm=None
            )

        record = self._change(without)
        self.tell_incidents(record)
        self.ask_next()
        return [each for each in record.incidents if each.closed_at == at]

    def count_gain(self, gain: LaterGain) -> None:
        """Counts what a retraining brought, as was measured later; idempotent.

        Raises:
            Conflict: too many others were writing at the same moment; call again.
        """
        self._change(lambda record: with_gain(record, gain))

    def tell_incidents(self, record: AdmissionRecord) -> None:
        """Publishes how many incidents are open, for a model that ever had one, and announces each.

        One that is open is announced again with each decision, as is for an hour one that was closed: who hears of
        them knows them by when they were opened, and none is lost with a call that died here.
        """
        if not record.incidents:
            return
        self.metrics.incidents(len(open_incidents(record.incidents)))
        since = self.clock() - _ANNOUNCED_AFTER
        for incident in record.incidents:
            detail = {"model": self.model, "incident": msgspec.to_builtins(incident)}
            if incident.closed_at is None:
                self.events.put(INCIDENT_OPENED, detail)
            elif incident.closed_at >= since:
                self.events.put(INCIDENT_CLOSED, detail)

    def _change(self, change: Callable[[AdmissionRecord], AdmissionRecord]) -> AdmissionRecord:
        """Writes the record as changed, however many others write; the record as it is then."""
        for _ in range(_MAX_ATTEMPTS):
            record = self.runs.admission()
            changed = change(record)
            if changed == record:
                return record
            try:
                self.runs.replace_admission(changed)
            except Conflict:
                continue
            return changed
        raise Conflict(
            f"{self.model}: the admission record changed {_MAX_ATTEMPTS} times while closing; call again"
        )

    def ask_again(self, trigger: Trigger) -> None:
        """Sends ``trigger`` to the model's state machine, where admission decides again."""
        detail = {"model": self.model, "trigger": msgspec.to_builtins(trigger)}
        self.events.put(RETRAINING_REQUESTED, detail)

    def ask_next(self) -> None:
        """Sends the first of the kept triggers, then forgets it; a repeat has the same id and starts nothing.

        The others stay: a training answers them, and where there is none, whoever suppressed the first asks on.
        """
        record = self.runs.admission()
        first = next_kept(record)
        if first is None:
            return
        self.ask_again(first)
        try:
            self.runs.replace_admission(without_waiting(record, first.id))
        except Conflict:
            return  # somebody was admitted, or is kept, meanwhile: that run's end asks again
