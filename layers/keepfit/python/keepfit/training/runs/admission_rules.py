"""The admission rules: policy, lock, new data, cooldown and daily cap, in this order.

A release of a version that is registered learns nothing, so only the lock can be in its way. An upload that only came
too early is asked again when it may be admitted: nothing else would tell of its data. So is a deployment that
met a run: what serves is packaged anew with what was deployed.

Nothing here reads a clock or a service: the record and the situation go in, the decision comes out.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from keepfit.instants import Duration
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission_policy import against_policy
from keepfit.training.runs.rate_limit import TooEarly, above_cap, day_of, during_cooldown
from keepfit.training.runs.situation import Situation
from keepfit.training.runs.triggers import Trigger

# EventBridge delivers again for at most 24 hours; a model has a handful of runs a day.
_MAX_REMEMBERED_TRIGGERS = 50
_LOOK_AGAIN = Duration.parse("10m")


class AdmissionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The admission state of a model; written only as a whole, under its ``revision``.

    ``fingerprint`` is that of the last run that came to a verdict; ``last_admitted_at``, ``day`` and ``admitted_today``
    count such runs only, by when they were admitted. ``failed_fingerprint``, ``last_failed_at``, ``failed_day`` and
    ``failures_that_day`` are of the last run that came to none, and of those before it with the same fingerprint.
    ``lock_fingerprint`` is None while what holds the lock does not train. ``answered`` are the ids of the triggers
    admitted last. ``pending_trigger`` was refused by the lock and is asked again when the run that holds it ends.
    """

    revision: int = 0
    lock_run: str | None = None
    lock_execution: str | None = None
    lock_until: datetime | None = None
    lock_since: datetime | None = None
    lock_fingerprint: str | None = None
    last_admitted_at: datetime | None = None
    day: str | None = None
    admitted_today: int = 0
    fingerprint: str | None = None
    failed_fingerprint: str | None = None
    last_failed_at: datetime | None = None
    failed_day: str | None = None
    failures_that_day: int = 0
    pending_trigger: Trigger | None = None
    answered: list[str] = []


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """An admitted ``trigger``; write ``record`` before the run starts."""

    trigger: Trigger
    record: AdmissionRecord


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """A suppressed trigger; ``record`` changes only where the trigger is kept for later.

    It is kept for the end of the run that holds the lock.

    ``ask_again_at`` is until when its own execution is to wait and then ask again, None where it is not to.
    """

    trigger: Trigger
    reason: str
    record: AdmissionRecord
    ask_again_at: datetime | None = None


def decide(
    trigger: Trigger, record: AdmissionRecord, situation: Situation, policy: RetrainingDefinition
) -> Admitted | Suppressed:
    """Admits ``trigger``, or suppresses it with a reason.

    A lock in ``record`` counts as held: locks of executions that no longer run are freed before.
    The run that already holds the lock is admitted again with the record unchanged.
    """
    asked = trigger
    trigger = _as_release(_as_alarms_retraining(asked, situation, policy), situation)
    if record.lock_run == situation.run_id:
        return Admitted(trigger=trigger, record=record)
    reason = against_policy(trigger, situation, policy)
    if reason is None and trigger.id in record.answered:
        reason = "this event has already started a training"
    if reason is not None:
        return Suppressed(trigger=trigger, reason=reason, record=record)
    if record.lock_run is not None:
        return _while_locked(asked, trigger, record, situation.now)
    reason = _nothing_to_learn(trigger, record, situation)
    if reason is not None:
        return Suppressed(trigger=trigger, reason=reason, record=record)
    too_early = _too_early(trigger, record, situation, policy)
    if too_early is not None:
        return _until_then(asked, trigger, record, too_early)
    return Admitted(trigger=trigger, record=_lock(trigger, record, situation))


def _while_locked(asked: Trigger, trigger: Trigger, record: AdmissionRecord, now: datetime) -> Suppressed:
    """Keeps one trigger for the end of the run, but only a training, which no other may displace."""
    if trigger.kind == "deployment":
        reason = f"run {record.lock_run} is in progress; the deployment is looked at again in {_LOOK_AGAIN}"
        later = now + _LOOK_AGAIN.delta
        return Suppressed(trigger=trigger, reason=reason, record=record, ask_again_at=later)
    if not trigger.learns and trigger.kind != "node":
        reason = f"run {record.lock_run} is in progress; request it again when it has ended"
        return Suppressed(trigger=trigger, reason=reason, record=record)
    reason = f"run {record.lock_run} is in progress; the trigger is sent again when it ends"
    return Suppressed(trigger=trigger, reason=reason, record=_keep(asked, record))


def _as_alarms_retraining(trigger: Trigger, situation: Situation, policy: RetrainingDefinition) -> Trigger:
    """Treats an upload of new outcomes as the retraining that a standing alarm waits for."""
    waited_for = trigger.dataset == situation.spine and not trigger.withdrawal
    if not waited_for or situation.alarm_since is None or "alarm" not in policy.on:
        return trigger
    detail = {"since": situation.alarm_since.isoformat(), "waited_for": {"kind": "upload", **trigger.detail}}
    if situation.decay_alarm is not None:
        detail["alarm"] = situation.decay_alarm
    return msgspec.structs.replace(trigger, kind="alarm", detail=detail)


def _as_release(trigger: Trigger, situation: Situation) -> Trigger:
    """Treats a deployment, or another model's champion, as the release of what serves, with what is new.

    A graph that could not be released for want of another model is released with that model's first champion.
    """
    version = situation.champion
    if version is None and trigger.kind == "node":
        version = situation.registered
    if trigger.kind not in ("deployment", "node") or version is None:
        return trigger
    return msgspec.structs.replace(trigger, detail={**trigger.detail, "release": version})


def _nothing_to_learn(trigger: Trigger, record: AdmissionRecord, situation: Situation) -> str | None:
    if trigger.release is not None:
        return None
    missing = sorted(dataset for dataset, version in situation.data.items() if version is None)
    if missing:
        return f"no data yet in {' and '.join(missing)}; upload it and training starts"
    if record.fingerprint != situation.fingerprint or trigger.forced or not trigger.learns:
        return None
    return _or_by_force(
        trigger, "nothing new to learn from: same data, definition and code as the last finished run"
    )


def _too_early(
    trigger: Trigger, record: AdmissionRecord, situation: Situation, policy: RetrainingDefinition
) -> TooEarly | None:
    if not trigger.learns or trigger.forced:
        return None
    return (
        during_cooldown(policy, record.last_admitted_at, situation.now)
        or above_cap(policy, record.day, record.admitted_today, situation.now)
        or _failed_lately(record, situation, policy)
    )


def _failed_lately(
    record: AdmissionRecord, situation: Situation, policy: RetrainingDefinition
) -> TooEarly | None:
    """Whether the alarm's last run failed: retrying it while the alarm stands would never end."""
    if record.failed_fingerprint != situation.fingerprint:
        return None
    early = during_cooldown(policy, record.last_failed_at, situation.now) or above_cap(
        policy, record.failed_day, record.failures_that_day, situation.now
    )
    if early is None:
        return None
    reason = f"the last run failed with the same data, definition and code; {early.reason}"
    return msgspec.structs.replace(early, reason=reason)


def _until_then(asked: Trigger, trigger: Trigger, record: AdmissionRecord, early: TooEarly) -> Suppressed:
    """Postpones an upload; alarms and schedules recur, and people read the reason."""
    if asked.kind != "upload":
        return Suppressed(trigger=trigger, reason=_or_by_force(trigger, early.reason), record=record)
    reason = f"{early.reason}; the trigger is sent again then"
    return Suppressed(trigger=trigger, reason=reason, record=record, ask_again_at=early.until)


def _or_by_force(trigger: Trigger, reason: str) -> str:
    return f"{reason}; ask with force to train all the same" if trigger.kind == "person" else reason


def _keep(trigger: Trigger, record: AdmissionRecord) -> AdmissionRecord:
    pending = record.pending_trigger
    if pending is not None and (pending.id == trigger.id or not trigger.outranks(pending)):
        return record
    return msgspec.structs.replace(record, pending_trigger=trigger)


def release(record: AdmissionRecord, *, run_id: str, learned: bool, serves: bool = True) -> AdmissionRecord:
    """The record without the lock of ``run_id``; unchanged where that run does not hold it.

    A training that ``learned`` (it came to a verdict) starts the cooldown, as of its admission, and counts for its day.
    One that failed does neither, so that mended data or another definition trains at once; the same again has to wait.
    After a verdict by which nothing ``serves`` yet, mended data trains at once as well, and the day is counted.
    """
    if record.lock_run != run_id:
        return record
    freed = msgspec.structs.replace(
        record, lock_run=None, lock_execution=None, lock_until=None, lock_since=None, lock_fingerprint=None
    )
    if record.lock_fingerprint is None or record.lock_since is None:
        return freed
    day = day_of(record.lock_since)
    if learned:
        return msgspec.structs.replace(
            freed,
            fingerprint=record.lock_fingerprint,
            last_admitted_at=record.lock_since if serves else record.last_admitted_at,
            day=day,
            admitted_today=record.admitted_today + 1 if record.day == day else 1,
        )
    again = record.failed_fingerprint == record.lock_fingerprint and record.failed_day == day
    return msgspec.structs.replace(
        freed,
        failed_fingerprint=record.lock_fingerprint,
        last_failed_at=record.lock_since,
        failed_day=day,
        failures_that_day=record.failures_that_day + 1 if again else 1,
    )


def _lock(trigger: Trigger, record: AdmissionRecord, situation: Situation) -> AdmissionRecord:
    """The record of an admission; a training drops the pending trigger, whose data it reads."""
    training = trigger.learns
    return msgspec.structs.replace(
        record,
        lock_run=situation.run_id,
        lock_execution=situation.execution_arn,
        lock_until=situation.now + situation.lease.delta,
        lock_since=situation.now,
        lock_fingerprint=situation.fingerprint if training else None,
        pending_trigger=None if training else record.pending_trigger,
        answered=[*record.answered, trigger.id][-_MAX_REMEMBERED_TRIGGERS:],
    )
