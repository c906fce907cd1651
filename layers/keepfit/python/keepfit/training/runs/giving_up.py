"""Giving up: the attempts after which an incident is opened instead of another training."""

from __future__ import annotations

import msgspec

from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission_record import AdmissionRecord, Failures
from keepfit.training.runs.incidents import TRAINING_FAILED, Incident, open_incident, opened
from keepfit.training.runs.situation import Situation
from keepfit.training.runs.triggers import Trigger


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
        incident = _incident(trigger, failures, situation)
        record = msgspec.structs.replace(record, incidents=opened(record.incidents, incident))
    return GivenUp(reason=_reason(incident, failures), record=record)


def _incident(trigger: Trigger, failures: Failures, situation: Situation) -> Incident:
    return Incident(
        kind=TRAINING_FAILED,
        opened_at=situation.now,
        cause=trigger.cause,
        trigger=trigger,
        attempts=len(failures.runs),
        runs=failures.runs,
        reason=failures.reason,
    )


def _reason(incident: Incident, failures: Failures) -> str:
    times = "once" if incident.attempts == 1 else f"{incident.attempts} times in a row"
    hopeless = ", and would fail again" if failures.hopeless else ""
    return (
        f"the training failed {times}{hopeless}: {failures.reason}; an incident is open: other data, another "
        "definition or `keepfit incidents close` lets it be tried again"
    )
