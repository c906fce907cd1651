"""The admission record of a model: the lock, what is waiting, what was learned, and what failed."""

from __future__ import annotations

from datetime import datetime

import msgspec

from keepfit.training.runs.incidents import Incident
from keepfit.training.runs.triggers import Trigger


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger that waits for ``until``; None for the end of the run that holds the lock."""

    trigger: Trigger
    until: datetime | None = None


class Failures(msgspec.Struct, frozen=True, kw_only=True):
    """The runs in a row that came to no verdict with the same data, definition and code.

    ``runs`` are their ids and ``reason`` is what the last said, at ``last_at``; ``hopeless`` is whether another attempt
    could not end otherwise.
    """

    fingerprint: str
    runs: list[str]
    last_at: datetime
    reason: str
    hopeless: bool = False


class AnsweredAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """A drift alarm that stands ``since`` then, and the released ``runs`` that have not ended it."""

    since: datetime
    runs: list[str]


class AdmissionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The admission state of a model; written only as a whole, under its ``revision``.

    ``fingerprint`` is that of the last run that came to a verdict, and ``labels`` that of the outcomes that it learned
    from; ``last_admitted_at``, ``day`` and ``admitted_today`` count such runs only, by when they were admitted, and
    ``month`` and ``trained_this_month`` those that failed, too. ``lock_fingerprint`` is None while what holds the lock
    does not train; ``lock_trigger`` is what it was admitted for. ``answered`` are the ids of the triggers that were
    admitted last. ``waiting`` has at most one trigger of each cause. ``in_vain`` are the last runs in a row, by cause,
    whose versions did worse than those that they replaced, as was measured later.
    """

    revision: int = 0
    lock_run: str | None = None
    lock_execution: str | None = None
    lock_until: datetime | None = None
    lock_since: datetime | None = None
    lock_fingerprint: str | None = None
    lock_trigger: Trigger | None = None
    lock_alarm_since: datetime | None = None
    lock_labels: str | None = None
    last_admitted_at: datetime | None = None
    day: str | None = None
    admitted_today: int = 0
    month: str | None = None
    trained_this_month: int = 0
    fingerprint: str | None = None
    labels: str | None = None
    failures: Failures | None = None
    waiting: list[Waiting] = []
    incidents: list[Incident] = []
    in_vain: dict[str, list[str]] = {}
    answered_alarm: AnsweredAlarm | None = None
    answered: list[str] = []


def with_waiting(record: AdmissionRecord, trigger: Trigger, until: datetime | None) -> AdmissionRecord:
    """The record in which ``trigger`` waits, in the place of an older one of the same cause.

    Either is answered by the next training, which reads the newest data; one that insists is not displaced.
    """
    place = next((each for each in record.waiting if each.trigger.cause == trigger.cause), None)
    if place is not None and (
        (place.trigger.id == trigger.id and place.until == until)
        or (place.trigger.insists and not trigger.insists)
    ):
        return record
    others = [each for each in record.waiting if each.trigger.cause != trigger.cause]
    return msgspec.structs.replace(record, waiting=[*others, Waiting(trigger=trigger, until=until)])


def next_kept(record: AdmissionRecord) -> Trigger | None:
    """The first by priority of those that wait for the end of a run; None while one holds the lock."""
    if record.lock_run is not None:
        return None
    kept = [each.trigger for each in record.waiting if each.until is None]
    return max(kept, key=lambda trigger: trigger.priority, default=None)


def without_waiting(record: AdmissionRecord, trigger_id: str) -> AdmissionRecord:
    """The record in which the trigger with this id waits no more."""
    waiting = [each for each in record.waiting if each.trigger.id != trigger_id]
    return msgspec.structs.replace(record, waiting=waiting) if len(waiting) < len(record.waiting) else record
