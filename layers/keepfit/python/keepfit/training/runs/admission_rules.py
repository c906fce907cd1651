"""The admission rules: policy, lock, new data, incidents and rate limits, in this order.

A release of a version that is registered learns nothing, so only the lock can be in its way. An upload, a schedule or
another attempt that only came too early is asked again when it may be admitted: nothing else would tell of it. So is a
deployment that met a run: what serves is packaged anew with what was deployed. Of all that waits, a training is
recorded as that of the first by priority.

Nothing here reads a clock or a service: the record and the situation go in, the decision comes out.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from keepfit.instants import Duration
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission_policy import against_policy
from keepfit.training.runs.admission_record import AdmissionRecord, with_waiting
from keepfit.training.runs.giving_up import GivenUp, give_up, in_vain, stopped, without_stopped
from keepfit.training.runs.lock import take
from keepfit.training.runs.rate_limit import TooEarly, above_budget, above_cap, backing_off, during_cooldown
from keepfit.training.runs.situation import Situation
from keepfit.training.runs.triggers import Trigger

_LOOK_AGAIN = Duration.parse("10m")


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """An admitted ``trigger``; write ``record`` before the run starts."""

    trigger: Trigger
    record: AdmissionRecord


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """A suppressed trigger; ``record`` changes only where the trigger waits, or an incident is opened.

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
    asked, situation = trigger, without_stopped(situation, record)
    trigger = _as_release(_as_alarms_retraining(asked, situation, policy), situation)
    if record.lock_run == situation.run_id:
        return Admitted(trigger=record.lock_trigger or trigger, record=record)
    reason = stopped(trigger, record) or against_policy(trigger, situation, policy)
    if reason is None and trigger.id in record.answered:
        reason = "this event has already started a training"
    if reason is not None:
        return Suppressed(trigger=trigger, reason=reason, record=record)
    if record.lock_run is not None:
        return _while_locked(asked, trigger, record, situation.now)
    vain = in_vain(trigger, record, situation, policy)
    if vain is not None and asked.kind != trigger.kind:  # an upload that waits for no alarm is one of its own
        return decide(asked, vain.record, situation, policy)
    refused = _given_up(trigger, vain) or _not_now(asked, trigger, record, situation, policy)
    if refused is not None:
        return refused
    trigger = _first(trigger, record, situation, policy)
    return Admitted(trigger=trigger, record=take(trigger, record, situation, asked=asked))


def _not_now(
    asked: Trigger,
    trigger: Trigger,
    record: AdmissionRecord,
    situation: Situation,
    policy: RetrainingDefinition,
) -> Suppressed | None:
    """Refuses what could be admitted another time; None where it may be now."""
    reason = _nothing_to_learn(trigger, record, situation)
    if reason is not None:
        return Suppressed(trigger=trigger, reason=reason, record=record)
    refused = _given_up(trigger, give_up(trigger, record, situation, policy))
    too_early = _too_early(trigger, record, situation, policy)
    if refused is not None or too_early is None:
        return refused
    return _until_then(asked, trigger, record, too_early)


def _given_up(trigger: Trigger, given_up: GivenUp | None) -> Suppressed | None:
    if given_up is None:
        return None
    reason = _or_by_force(trigger, given_up.reason)
    return Suppressed(trigger=trigger, reason=reason, record=given_up.record)


def _first(
    trigger: Trigger, record: AdmissionRecord, situation: Situation, policy: RetrainingDefinition
) -> Trigger:
    """The first by priority of a training's trigger and of those that wait and are still wanted."""
    if not trigger.learns:
        return trigger
    waiting = [
        _as_alarms_retraining(msgspec.structs.replace(each.trigger, kept=True), situation, policy)
        for each in record.waiting
        if each.trigger.learns
    ]
    wanted = [
        each
        for each in waiting
        if stopped(each, record) is None and against_policy(each, situation, policy) is None
    ]
    return max([trigger, *wanted], key=lambda each: each.priority)


def _while_locked(asked: Trigger, trigger: Trigger, record: AdmissionRecord, now: datetime) -> Suppressed:
    """Keeps the trigger for the end of the run, but only a training, or the release that a node asks for."""
    if trigger.kind == "deployment":
        reason = f"run {record.lock_run} is in progress; the deployment is looked at again in {_LOOK_AGAIN}"
        later = now + _LOOK_AGAIN.delta
        return Suppressed(trigger=trigger, reason=reason, record=record, ask_again_at=later)
    if not trigger.learns and trigger.kind != "node":
        reason = f"run {record.lock_run} is in progress; request it again when it has ended"
        return Suppressed(trigger=trigger, reason=reason, record=record)
    reason = f"run {record.lock_run} is in progress; the trigger is sent again when it ends"
    return Suppressed(trigger=trigger, reason=reason, record=with_waiting(record, asked, None))


def _as_alarms_retraining(trigger: Trigger, situation: Situation, policy: RetrainingDefinition) -> Trigger:
    """Treats an upload of new outcomes as the retraining that a standing alarm waits for."""
    waited_for = trigger.dataset == situation.spine and not trigger.removal
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
    if trigger.forced or not trigger.learns:
        return None
    if _waits_for_labels(trigger) and record.labels == situation.labels:
        return (
            f"nothing new to learn from yet: no outcome has come to {situation.spine} since the last training, and "
            f"what moved cannot be learned without; the alarm waits for the next upload of {situation.spine}"
        )
    if record.fingerprint != situation.fingerprint:
        return None
    return _or_by_force(
        trigger, "nothing new to learn from: same data, definition and code as the last finished run"
    )


def _waits_for_labels(trigger: Trigger) -> bool:
    """Whether it is an alarm alone, and neither the upload that one waited for, nor another attempt."""
    return trigger.kind == "alarm" and "waited_for" not in trigger.detail and not trigger.retry


def _too_early(
    trigger: Trigger, record: AdmissionRecord, situation: Situation, policy: RetrainingDefinition
) -> TooEarly | None:
    if not trigger.learns or (trigger.forced and not trigger.retry):
        return None
    limited = None if trigger.forced else _limited(record, situation, policy)
    return limited or _failed_lately(record, situation, policy)


def _limited(record: AdmissionRecord, situation: Situation, policy: RetrainingDefinition) -> TooEarly | None:
    return (
        during_cooldown(policy, record.last_admitted_at, situation.now)
        or above_cap(policy, record.day, record.admitted_today, situation.now)
        or above_budget(policy, record.month, record.trained_this_month, situation.now)
    )


def _failed_lately(
    record: AdmissionRecord, situation: Situation, policy: RetrainingDefinition
) -> TooEarly | None:
    """Whether the last run failed with the same: it is tried again, but not at once."""
    failures = record.failures
    if failures is None or failures.fingerprint != situation.fingerprint:
        return None
    early = backing_off(policy, len(failures.runs), failures.last_at, situation.now)
    if early is None:
        return None
    reason = f"the last run failed with the same data, definition and code; {early.reason}"
    return msgspec.structs.replace(early, reason=reason)


def _until_then(asked: Trigger, trigger: Trigger, record: AdmissionRecord, early: TooEarly) -> Suppressed:
    """Postpones a trigger.

    An alarm that stands is sent again by the monitor, a person reads the reason, all else asks again by itself.
    """
    if asked.kind == "person" and not asked.retry:
        return Suppressed(trigger=trigger, reason=_or_by_force(trigger, early.reason), record=record)
    waits = with_waiting(record, asked, early.until)
    if asked.kind == "alarm" and not asked.retry:
        return Suppressed(trigger=trigger, reason=early.reason, record=waits)
    reason = f"{early.reason}; the trigger is sent again then"
    return Suppressed(trigger=trigger, reason=reason, record=waits, ask_again_at=early.until)


def _or_by_force(trigger: Trigger, reason: str) -> str:
    return f"{reason}; ask with force to train all the same" if trigger.kind == "person" else reason
