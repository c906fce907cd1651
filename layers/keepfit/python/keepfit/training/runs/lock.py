"""The lock of a model: taken by an admission, given back by the end of its run."""

from __future__ import annotations

from datetime import datetime

import msgspec

from keepfit.training.runs.admission_record import AdmissionRecord, AnsweredAlarm, Failures, with_waiting
from keepfit.training.runs.failures import Failed
from keepfit.training.runs.incidents import TRAINING_FAILED, closed, once_more
from keepfit.training.runs.rate_limit import day_of, month_of
from keepfit.training.runs.situation import Situation
from keepfit.training.runs.triggers import Trigger

# EventBridge delivers again for at most 24 hours; a model has a handful of runs a day.
_MAX_REMEMBERED_TRIGGERS = 50
_MOST_RUNS = 20


def take(
    trigger: Trigger, record: AdmissionRecord, situation: Situation, *, asked: Trigger
) -> AdmissionRecord:
    """The record of an admission for ``trigger``, where ``asked`` had asked.

    A training answers all that waits for one, since it reads the newest data.
    """
    training = trigger.learns
    waited = [each.trigger.id for each in record.waiting] if training else []
    answered = dict.fromkeys([*waited, asked.id, trigger.id])
    return msgspec.structs.replace(
        record,
        lock_run=situation.run_id,
        lock_execution=situation.execution_arn,
        lock_until=situation.now + situation.lease.delta,
        lock_since=situation.now,
        lock_fingerprint=situation.fingerprint if training else None,
        lock_trigger=trigger,
        lock_alarm_since=situation.alarm_since if training else None,
        lock_labels=situation.labels if training else None,
        waiting=[] if training else record.waiting,
        answered=[*record.answered, *answered][-_MAX_REMEMBERED_TRIGGERS:],
    )


def release(
    record: AdmissionRecord,
    *,
    run_id: str,
    at: datetime,
    failed: Failed | None = None,
    serves: bool = True,
    released: bool = False,
) -> AdmissionRecord:
    """The record without the lock of ``run_id``; unchanged where that run does not hold it.

    A training that came to a verdict starts the cooldown, as of its admission, and counts for its day. One that
    ``failed`` does neither, so that mended data or another definition trains at once; the same again waits longer each
    time. After a verdict by which nothing ``serves`` yet, mended data trains at once as well, and the day is counted.
    One that was ``released`` for drift has answered the alarm, which is to end now.
    """
    if record.lock_run != run_id:
        return record
    freed = msgspec.structs.replace(
        record,
        lock_run=None,
        lock_execution=None,
        lock_until=None,
        lock_since=None,
        lock_fingerprint=None,
        lock_trigger=None,
        lock_alarm_since=None,
        lock_labels=None,
    )
    if record.lock_fingerprint is None or record.lock_since is None:
        return freed
    freed = _paid(freed, month_of(record.lock_since))
    if failed is not None:
        return _failed(freed, record.lock_fingerprint, record.lock_trigger, failed, run_id=run_id, at=at)
    day = day_of(record.lock_since)
    return msgspec.structs.replace(
        freed,
        fingerprint=record.lock_fingerprint,
        labels=record.lock_labels,
        last_admitted_at=record.lock_since if serves else record.last_admitted_at,
        day=day,
        admitted_today=record.admitted_today + 1 if record.day == day else 1,
        failures=None,
        answered_alarm=_answered(record, run_id) if released else record.answered_alarm,
        incidents=closed(
            record.incidents,
            at=at,
            by="training run",
            why=f"run {run_id} came to a verdict",
            kind=TRAINING_FAILED,
        ),
    )


def _paid(freed: AdmissionRecord, month: str) -> AdmissionRecord:
    """The record with one more training of the month."""
    trained = freed.trained_this_month + 1 if freed.month == month else 1
    return msgspec.structs.replace(freed, month=month, trained_this_month=trained)


def _answered(record: AdmissionRecord, run_id: str) -> AnsweredAlarm | None:
    """The drift alarm for which a version was released, with the runs before that were to end the same."""
    since, trigger, before = record.lock_alarm_since, record.lock_trigger, record.answered_alarm
    if since is None or trigger is None or trigger.cause != "drift":
        return before
    runs = before.runs if before is not None and before.since == since else []
    return AnsweredAlarm(since=since, runs=[*runs, run_id][-_MOST_RUNS:])


def _failed(
    freed: AdmissionRecord,
    fingerprint: str,
    trigger: Trigger | None,
    failed: Failed,
    *,
    run_id: str,
    at: datetime,
) -> AdmissionRecord:
    """The record after another failure, in which what was wanted waits to be asked for again."""
    before = freed.failures
    runs = before.runs if before is not None and before.fingerprint == fingerprint else []
    failures = Failures(
        fingerprint=fingerprint,
        runs=[*runs, run_id][-_MOST_RUNS:],
        last_at=at,
        reason=failed.reason,
        hopeless=failed.retry == "no use",
    )
    record = msgspec.structs.replace(
        freed,
        failures=failures,
        incidents=once_more(freed.incidents, run_id=run_id, reason=failed.reason),
    )
    if trigger is None or failed.retry == "not wanted":
        return record
    return with_waiting(record, trigger.again(failed_run=run_id, attempt=len(failures.runs) + 1), None)
