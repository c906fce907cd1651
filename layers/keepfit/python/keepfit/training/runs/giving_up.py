"""Giving up: the triggers that open an incident instead of another training."""

from __future__ import annotations

import msgspec

from keepfit.registry.gain import LaterGain
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission_record import AdmissionRecord, Failures
from keepfit.training.runs.incidents import (
    NO_GAIN,
    TRAINING_FAILED,
    Incident,
    IncidentKind,
    open_incident,
    opened,
)
from keepfit.training.runs.situation import Situation
from keepfit.training.runs.triggers import Cause, Trigger

_CLOSE = "`keepfit incidents close` lets it be tried again"


class GivenUp(msgspec.Struct, frozen=True, kw_only=True):
    """Why a trigger starts no training, and the record with the incident."""

    reason: str
    record: AdmissionRecord


def give_up(
    trigger: Trigger, record: AdmissionRecord, situation: Situation, policy: RetrainingDefinition
) -> GivenUp | None:
    """Opens an incident where the same has failed too often, or fails for sure; None otherwise.

    Other data, another definition or other code are always tried. While the incident is open, each of those is tried
    once.
    """
    failures = record.failures
    if not trigger.learns or (trigger.forced and not trigger.retry):
        return None
    if failures is None or failures.fingerprint != situation.fingerprint:
        return None
    incident = open_incident(record.incidents, TRAINING_FAILED)
    if incident is None:
        if not failures.hopeless and len(failures.runs) <= policy.retries:
            return None
        incident = _incident(TRAINING_FAILED, trigger, failures.runs, failures.reason, situation)
        record = _with(record, incident)
    return GivenUp(reason=_failed_reason(incident, failures), record=record)


def in_vain(
    trigger: Trigger, record: AdmissionRecord, situation: Situation, policy: RetrainingDefinition
) -> GivenUp | None:
    """Opens an incident where a cause has brought no gain too often; None otherwise.

    It has where its versions lost, or where their releases have not ended the alarm.
    """
    if trigger.kind == "person" or not trigger.learns:
        return None
    lost, alarm = record.in_vain.get(trigger.cause, []), record.answered_alarm
    if len(lost) >= policy.no_gain_limit:
        did = "did worse than the versions that they replaced, on outcomes that came later"
        incident = _incident(NO_GAIN, trigger, lost, f"{_retrainings(lost)} {did}", situation)
    elif (
        trigger.cause == "drift"
        and alarm is not None
        and alarm.since == situation.alarm_since
        and len(alarm.runs) >= policy.no_gain_limit
    ):
        stands = f"the alarm has stood since {alarm.since:%Y-%m-%d %H:%M} UTC"
        said = f"{stands}, through {_retrainings(alarm.runs)} that were released"
        incident = _incident(NO_GAIN, trigger, alarm.runs, said, situation)
    else:
        return None
    return GivenUp(reason=_no_gain_reason(incident), record=_with(record, incident))


def stopped(trigger: Trigger, record: AdmissionRecord) -> str | None:
    """The reason why nothing of the trigger's cause trains now; None where it does. A person always may."""
    if trigger.kind == "person" or not trigger.learns:
        return None
    incident = open_incident(record.incidents, NO_GAIN, trigger.cause)
    return None if incident is None else _no_gain_reason(incident)


def without_stopped(situation: Situation, record: AdmissionRecord) -> Situation:
    """The situation in which an alarm that no training is to answer does not stand."""

    def is_stopped(cause: Cause) -> bool:
        return open_incident(record.incidents, NO_GAIN, cause) is not None

    if situation.decay_alarm is not None and is_stopped("decay"):
        since = situation.drift_since
        situation = msgspec.structs.replace(situation, alarm_since=since, decay_alarm=None, drift_since=None)
    if situation.decay_alarm is None and is_stopped("drift"):
        return msgspec.structs.replace(situation, alarm_since=None)
    return situation


def with_gain(record: AdmissionRecord, gain: LaterGain) -> AdmissionRecord:
    """The record that counts a measured gain: a loss is one more run in vain, anything else ends the row."""
    before = record.in_vain.get(gain.cause, [])
    more = before if gain.run_id in before else [*before, gain.run_id]
    runs = more if gain.is_loss else []
    if runs == before:
        return record
    return msgspec.structs.replace(record, in_vain={**record.in_vain, gain.cause: runs})


def _retrainings(runs: list[str]) -> str:
    return "a retraining" if len(runs) == 1 else f"{len(runs)} retrainings in a row"


def _with(record: AdmissionRecord, incident: Incident) -> AdmissionRecord:
    return msgspec.structs.replace(record, incidents=opened(record.incidents, incident))


def _incident(
    kind: IncidentKind, trigger: Trigger, runs: list[str], reason: str, situation: Situation
) -> Incident:
    return Incident(
        kind=kind,
        opened_at=situation.now,
        cause=trigger.cause,
        trigger=trigger,
        attempts=len(runs),
        runs=runs,
        reason=reason,
    )


def _failed_reason(incident: Incident, failures: Failures) -> str:
    times = "once" if incident.attempts == 1 else f"{incident.attempts} times in a row"
    hopeless = ", and would fail again" if failures.hopeless else ""
    said = f"the training failed {times}{hopeless}: {failures.reason}; an incident is open"
    return f"{said}: other data, another definition or {_CLOSE}"


def _no_gain_reason(incident: Incident) -> str:
    return f"{incident.cause} starts no training any more: {incident.reason}; an incident is open: {_CLOSE}"
