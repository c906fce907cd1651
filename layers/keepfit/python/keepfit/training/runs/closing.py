"""Closing: releases the lock, records the run's outcome, and sends a kept trigger again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from keepfit.errors import Conflict
from keepfit.events import RETRAINING_REQUESTED, Events
from keepfit.training.runs.admission_rules import release
from keepfit.training.runs.ports import Runs
from keepfit.training.runs.run import ABANDONED, ABORTED, RELEASED, TrainingRun
from keepfit.training.runs.triggers import Trigger

_MAX_ATTEMPTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Closes runs of one model; every step is idempotent, so a failed call can be repeated."""

    model: str
    runs: Runs
    events: Events
    clock: Callable[[], datetime]

    def close(
        self, run_id: str, outcome: str, *, reason: str | None = None, version: int | None = None
    ) -> None:
        """Closes ``run_id`` with ``outcome`` and releases its lock.

        A run that is closed already keeps its outcome, unless that was "aborted" by somebody who thought it dead.

        Raises:
            Conflict: too many others were writing at the same moment; call again.
        """
        run = self.end(run_id, outcome, reason=reason, version=version)
        self._release(
            run_id,
            learned=run is not None and run.outcome not in (ABANDONED, ABORTED),
            serves=run is not None and (run.champion is not None or run.outcome == RELEASED),
        )
        self._ask_again_what_was_kept()

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

    def _release(self, run_id: str, *, learned: bool, serves: bool) -> None:
        for _ in range(_MAX_ATTEMPTS):
            record = self.runs.admission()
            released = release(record, run_id=run_id, learned=learned, serves=serves)
            if released == record:
                return
            try:
                self.runs.replace_admission(released)
            except Conflict:
                continue
            return
        raise Conflict(
            f"{self.model}: the admission record changed {_MAX_ATTEMPTS} times while closing; call again"
        )

    def ask_again(self, trigger: Trigger) -> None:
        """Sends ``trigger`` to the model's state machine, where admission decides again."""
        detail = {"model": self.model, "trigger": msgspec.to_builtins(trigger)}
        self.events.put(RETRAINING_REQUESTED, detail)

    def _ask_again_what_was_kept(self) -> None:
        """Sends the kept trigger, then forgets it; a repeat has the same id and starts nothing."""
        record = self.runs.admission()
        if record.pending_trigger is None or record.lock_run is not None:
            return
        self.ask_again(record.pending_trigger)
        try:
            self.runs.replace_admission(msgspec.structs.replace(record, pending_trigger=None))
        except Conflict:
            return  # somebody was admitted, or is kept, meanwhile: that run's end asks again
