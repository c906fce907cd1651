"""The contract of Runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.memory.training import MemoryRuns
from keepfit.errors import Conflict
from keepfit.registry.champion import Champion
from keepfit.training.runs.admission_record import AdmissionRecord, AnsweredAlarm, Failures, Waiting
from keepfit.training.runs.incidents import TRAINING_FAILED, Incident
from keepfit.training.runs.ports import Runs
from keepfit.training.runs.run import Suppression, TrainingRun
from keepfit.training.runs.triggers import Trigger

NOON = datetime(2013, 3, 1, 12, tzinfo=UTC)
UPLOAD = Trigger(
    kind="upload", id="e1", at=NOON, detail={"dataset": "flights", "share": 0.25, "nested": {"a": [1, None]}}
)

SCHEDULE = Trigger(kind="schedule", id="e2", at=NOON)


@pytest.fixture(params=["memory", "dynamodb"])
def runs(request: pytest.FixtureRequest) -> Runs:
    if request.param == "memory":
        return MemoryRuns()
    request.getfixturevalue("aws")
    client("dynamodb").create_table(
        TableName="registry",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return DynamoRuns(ModelItems(table="registry", model="m"))


def a_run(number: int) -> TrainingRun:
    return TrainingRun(
        run_id=f"run-{number}",
        model="m",
        execution_arn=f"arn:{number}",
        started_at=NOON + timedelta(minutes=number),
        trigger=UPLOAD,
        data={"flights": 2},
        definition_digest="d",
        code_digest="c",
        champion=Champion(version=1, lambda_version="2"),
    )


def a_suppression(number: int) -> Suppression:
    at = NOON + timedelta(minutes=number)
    return Suppression(model="m", run_id=f"run-{number}", at=at, reason="cooldown", trigger=UPLOAD)


def test_a_model_that_was_never_asked_has_a_fresh_record(runs: Runs) -> None:
    assert runs.admission() == AdmissionRecord()


def test_a_record_is_read_as_it_was_written_under_the_next_revision(runs: Runs) -> None:
    record = AdmissionRecord(
        lock_run="run-1",
        lock_execution="arn:1",
        lock_until=NOON + timedelta(hours=6),
        lock_since=NOON,
        lock_fingerprint="g",
        last_admitted_at=NOON,
        day="2013-03-01",
        admitted_today=1,
        fingerprint="f",
        lock_trigger=UPLOAD,
        lock_alarm_since=NOON,
        lock_labels="l",
        month="2013-03",
        trained_this_month=3,
        labels="m",
        in_vain={"drift": ["run-0"]},
        answered_alarm=AnsweredAlarm(since=NOON, runs=["run-0"]),
        failures=Failures(fingerprint="e", runs=["run-0"], last_at=NOON, reason="OutOfMemory"),
        waiting=[Waiting(trigger=UPLOAD), Waiting(trigger=SCHEDULE, until=NOON)],
        incidents=[
            Incident(
                kind=TRAINING_FAILED,
                opened_at=NOON,
                cause="upload",
                trigger=UPLOAD,
                attempts=4,
                runs=["run-0"],
                reason="OutOfMemory",
            )
        ],
        answered=["e1", "e2"],
    )
    runs.replace_admission(record)
    assert runs.admission() == msgspec.structs.replace(record, revision=1)


def test_a_record_goes_back_to_holding_nothing(runs: Runs) -> None:
    runs.replace_admission(AdmissionRecord(lock_run="run-1", waiting=[Waiting(trigger=UPLOAD)]))
    runs.replace_admission(AdmissionRecord(revision=1))
    assert runs.admission() == AdmissionRecord(revision=2)


@pytest.mark.parametrize("revisions", [0, 1, 5])
def test_only_one_of_two_who_read_the_same_revision_writes(runs: Runs, revisions: int) -> None:
    for revision in range(revisions):
        runs.replace_admission(AdmissionRecord(revision=revision))
    read = runs.admission()
    runs.replace_admission(msgspec.structs.replace(read, lock_run="first"))
    with pytest.raises(Conflict):
        runs.replace_admission(msgspec.structs.replace(read, lock_run="second"))
    assert runs.admission().lock_run == "first"


def test_a_run_is_found_by_its_id_as_it_was_put(runs: Runs) -> None:
    runs.put(a_run(1))
    assert runs.find("run-1") == a_run(1)
    assert runs.find("run-2") is None


def test_a_run_is_replaced_when_it_ends(runs: Runs) -> None:
    runs.put(a_run(1))
    ended = msgspec.structs.replace(a_run(1), closed_at=NOON, outcome="released", reason="best", version=3)
    runs.put(ended)
    assert runs.find("run-1") == ended
    assert runs.newest(10) == [ended]


def test_the_newest_runs_come_first_and_no_more_than_asked(runs: Runs) -> None:
    for number in (2, 9, 1, 5):
        runs.put(a_run(number))
    assert [run.run_id for run in runs.newest(3)] == ["run-9", "run-5", "run-2"]


def test_a_suppression_is_recorded_once_however_often_it_is_told(runs: Runs) -> None:
    runs.suppress(a_suppression(1))
    runs.suppress(a_suppression(1))
    assert runs.newest_suppressions(10) == [a_suppression(1)]
    assert runs.find_suppression(a_suppression(1).at, "run-1") == a_suppression(1)
    assert runs.find_suppression(NOON, "run-1") is None


def test_the_newest_suppressions_come_first_and_no_more_than_asked(runs: Runs) -> None:
    for number in (3, 8, 6):
        runs.suppress(a_suppression(number))
    assert [s.run_id for s in runs.newest_suppressions(2)] == ["run-8", "run-6"]


def test_runs_and_suppressions_of_the_same_instant_do_not_hide_each_other(runs: Runs) -> None:
    runs.put(a_run(1))
    runs.suppress(a_suppression(1))
    assert len(runs.newest(10)) == 1
    assert len(runs.newest_suppressions(10)) == 1
