"""Triggers, and what admission sees and remembers, for tests to change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from keepfit.instants import Duration
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission_record import AdmissionRecord
from keepfit.training.runs.admission_rules import Admitted, Suppressed, decide
from keepfit.training.runs.failures import Failed
from keepfit.training.runs.lock import release
from keepfit.training.runs.situation import Situation
from keepfit.training.runs.triggers import Kind, Trigger

NOON = datetime(2013, 3, 1, 12, 0, tzinfo=UTC)
ON_BOTH = RetrainingDefinition(on=["upload", "alarm"], cooldown=Duration.parse("1h"), max_per_day=2)
ON_ALARM = RetrainingDefinition(on=["first_upload", "alarm"], cooldown=Duration.parse("1h"), max_per_day=2)


def asked_by(kind: Kind, **detail: Any) -> Trigger:
    if kind == "upload":
        detail = {"dataset": "flights", "version": 2, **detail}
    return Trigger(kind=kind, id=f"event-{kind}", at=NOON, detail=detail)


def seen(**changes: Any) -> Situation:
    usual = Situation(
        run_id="run-2",
        execution_arn="arn:run-2",
        now=NOON,
        spine="flights",
        data={"flights": 2, "weather": 2},
        fingerprint="new",
        labels="new labels",
        champion=1,
        follows_deployments=True,
        alarm_since=None,
        lease=Duration.parse("6h"),
    )
    return msgspec.structs.replace(usual, **changes)


def remembered(**changes: Any) -> AdmissionRecord:
    return msgspec.structs.replace(AdmissionRecord(revision=7, fingerprint="old"), **changes)


def reason(
    trigger: Trigger,
    *,
    record: AdmissionRecord | None = None,
    situation: Situation | None = None,
    policy: RetrainingDefinition = ON_BOTH,
) -> str | None:
    decision = decide(trigger, record or remembered(), situation or seen(), policy)
    return decision.reason if isinstance(decision, Suppressed) else None


def admitted(
    trigger: Trigger,
    *,
    record: AdmissionRecord | None = None,
    situation: Situation | None = None,
    policy: RetrainingDefinition = ON_BOTH,
) -> Admitted:
    decision = decide(trigger, record or remembered(), situation or seen(), policy)
    assert isinstance(decision, Admitted), decision
    return decision


def ended(
    record: AdmissionRecord,
    run_id: str = "run-2",
    *,
    at: datetime = NOON,
    learned: bool = True,
    serves: bool = True,
) -> AdmissionRecord:
    """The record after the end of a run, which came to a verdict or failed."""
    failed = None if learned else Failed(reason="OutOfMemory")
    return release(record, run_id=run_id, at=at, failed=failed, serves=serves)
