"""Close and Abandon."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.training.runs.admission_record import AdmissionRecord, Waiting
from keepfit.training.runs.incidents import TRAINING_FAILED, Incident
from keepfit.training.runs.run import TrainingRun, name_run
from keepfit.training.runs.run_files import JUDGEMENT, RunFiles
from keepfit.training.runs.triggers import Trigger, read_trigger
from tests.functions import run_documents
from tests.functions.conftest import Load
from tests.unit.adapters.mlflow.support import FakeTrackingServer

pytestmark = pytest.mark.usefixtures("training_stack")

Close = Callable[[dict[str, Any]], dict[str, Any]]

AT = datetime(2013, 3, 1, 12, tzinfo=UTC)
RUN_ID = name_run("arn:1", AT)
UPLOAD = Trigger(kind="upload", id="e2", at=AT, detail={"dataset": "flights"})
RUNS = DynamoRuns(ModelItems(table="registry", model="delay"))


@pytest.fixture
def close(load: Load, context: SimpleNamespace) -> Close:
    """The function, for a run that holds the lock."""
    RUNS.put(
        TrainingRun(
            run_id=RUN_ID,
            model="delay",
            execution_arn="arn:1",
            started_at=AT,
            trigger=UPLOAD,
            data={"flights": 1},
            definition_digest="d",
            code_digest="c",
        )
    )
    lock = {"lock_execution": "arn:1", "lock_until": AT, "lock_since": AT}
    RUNS.replace_admission(AdmissionRecord(lock_run=RUN_ID, lock_fingerprint=closed().fingerprint, **lock))
    handler = load("close_run/handler").handler
    return lambda event: dict(handler(event, context))


def closed() -> TrainingRun:
    run = RUNS.find(RUN_ID)
    assert run is not None
    return run


def test_a_released_run_says_which_version_it_became(close: Close) -> None:
    answer = close({"run_id": RUN_ID, "outcome": "released", "version": 3, "reason": "baked"})
    assert answer == {"run_id": RUN_ID, "outcome": "released"}
    assert (closed().outcome, closed().version, closed().reason) == ("released", 3, "baked")
    assert RUNS.admission().lock_run is None
    assert RUNS.admission().fingerprint == closed().fingerprint


def test_a_tracking_server_that_cannot_be_reached_is_said_and_closes_the_run_all_the_same(
    close: Close, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEPFIT_MLFLOW_URI", "http://127.0.0.1:1")
    answer = close({"run_id": RUN_ID, "outcome": "released", "version": 3})
    assert answer["tracked"].startswith("ServiceUnavailable: http://127.0.0.1:1 cannot be reached")
    assert (closed().outcome, RUNS.admission().lock_run) == ("released", None)


def test_a_closed_run_is_shown_to_the_tracking_server(close: Close, monkeypatch: pytest.MonkeyPatch) -> None:
    judged(run_documents.judgement("boosting"))
    with FakeTrackingServer().running() as server:
        monkeypatch.setenv("KEEPFIT_MLFLOW_URI", server.url)
        assert close({"run_id": RUN_ID, "outcome": "released", "version": 3})["tracked"] == "yes"
    run = server.named(RUN_ID)
    assert (run["status"], run["tags"]["keepfit.version"]) == ("FINISHED", "3")
    assert any(path.endswith("/judgement.json") for path in server.files)


def judged(judgement: bytes) -> None:
    RunFiles(S3Artifacts(bucket="artifacts"), f"runs/delay/{RUN_ID}").put(JUDGEMENT, judgement)


def test_a_run_that_changed_nothing_says_what_the_judgement_said(close: Close) -> None:
    reason = "no candidate passed: boosting: too little gain"
    judged(run_documents.judgement(None, reason))
    close({"run_id": RUN_ID, "outcome": "champion kept"})
    assert closed().reason == reason


def test_a_version_that_is_left_to_a_person_is_told_with_the_command_that_releases_it(close: Close) -> None:
    reason = "boosting is best, but nothing compares; a person decides"
    judged(run_documents.judgement("boosting", reason))
    close({"run_id": RUN_ID, "outcome": "left to a person", "version": 4})
    assert closed().version == 4
    assert closed().reason == f"{reason}: `keepfit release delay 4` releases it by a canary"
    assert RUNS.admission().fingerprint == closed().fingerprint


def test_an_abandoned_run_says_which_error_ended_it(close: Close) -> None:
    cause = json.dumps({"errorMessage": "no candidate can be judged", "errorType": "NoCandidate"})
    error = {"Error": "NoCandidate", "Cause": cause}
    close({"run_id": RUN_ID, "outcome": "abandoned", "error": error})
    assert (closed().outcome, closed().reason) == ("abandoned", "NoCandidate: no candidate can be judged")
    assert RUNS.admission().lock_run is None
    assert RUNS.admission().fingerprint is None


@pytest.mark.parametrize(
    ("event", "retry"),
    [
        ({"error": {"Error": "NoCandidate", "Cause": "{}"}}, True),
        ({"error": {"Error": "States.Timeout", "Cause": ""}}, True),
        ({"error": {"Error": "Superseded", "Cause": "a person"}}, False),
        ({"stopped": True}, False),
    ],
)
def test_what_may_end_otherwise_is_asked_for_again_but_not_what_somebody_ended(
    close: Close, sent: list[dict[str, Any]], event: dict[str, Any], *, retry: bool
) -> None:
    RUNS.replace_admission(msgspec.structs.replace(RUNS.admission(), lock_trigger=UPLOAD))
    for _ in range(2):
        close({"run_id": RUN_ID, "outcome": "abandoned", **event})
    details = [json.loads(each["Detail"])["trigger"] for each in sent]
    assert [detail["detail"]["retry"] for detail in details] == [{"of": "e2", "after": RUN_ID}] * retry


def test_a_person_closes_the_incident_and_the_alarm_hears_of_it(
    close: Close, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    put: list[dict[str, Any]] = []
    monkeypatch.setattr(client("cloudwatch"), "put_metric_data", lambda **request: put.append(request))
    incident = Incident(
        kind=TRAINING_FAILED,
        opened_at=AT,
        cause="upload",
        trigger=UPLOAD,
        attempts=4,
        runs=[RUN_ID],
        reason="OutOfMemory",
    )
    RUNS.replace_admission(AdmissionRecord(revision=RUNS.admission().revision, incidents=[incident]))
    [closed] = close({"close_incidents": {"who": "ada", "why": "more memory"}})["closed"]
    assert (closed["closed_by"], closed["why"]) == ("ada", "more memory")
    assert RUNS.admission().incidents[0].closed_at is not None
    assert [each["MetricData"][0]["Value"] for each in put] == [0]
    closed, again = sent
    assert (closed["DetailType"], again["DetailType"]) == ("Incident Closed", "Retraining Requested")
    assert json.loads(closed["Detail"])["incident"]["why"] == "more memory"
    assert json.loads(again["Detail"])["trigger"]["kind"] == "upload"
    assert close({"close_incidents": {"who": "ada", "why": "again"}}) == {"closed": []}


def test_a_run_whose_admission_failed_is_known_by_its_execution(close: Close) -> None:
    execution = {"arn": "arn:1", "name": "x", "started_at": "2013-03-01T12:00:00.000Z"}
    error = {"Error": "ServiceUnavailable", "Cause": "{}"}
    answer = close({"execution": execution, "outcome": "abandoned", "error": error})
    assert answer["run_id"] == RUN_ID
    assert RUNS.admission().lock_run is None


def test_a_run_whose_execution_was_stopped_is_known_by_what_its_end_tells(close: Close) -> None:
    execution = {"arn": "arn:1", "started_at": int(AT.timestamp() * 1000) + 321}
    answer = close({"execution": execution, "outcome": "aborted", "reason": "its execution ended as ABORTED"})
    assert answer["run_id"] == RUN_ID
    assert (closed().outcome, closed().reason) == ("aborted", "its execution ended as ABORTED")
    assert RUNS.admission().lock_run is None
    assert RUNS.admission().fingerprint is None


def test_the_end_of_an_execution_changes_nothing_about_a_run_that_is_closed(close: Close) -> None:
    error = {"Error": "NoCandidate", "Cause": "{}"}
    close({"run_id": RUN_ID, "outcome": "abandoned", "error": error})
    before = closed()
    execution = {"arn": "arn:1", "started_at": int(AT.timestamp() * 1000)}
    close({"execution": execution, "outcome": "aborted", "reason": "its execution ended as FAILED"})
    assert closed() == before


def test_the_end_of_an_execution_that_never_was_a_run_leaves_the_lock_of_another(close: Close) -> None:
    execution = {"arn": "arn:suppressed", "started_at": int(AT.timestamp() * 1000)}
    close({"execution": execution, "outcome": "aborted", "reason": "its execution ended as ABORTED"})
    assert RUNS.admission().lock_run == RUN_ID


def test_a_version_that_golden_requests_rejected_says_which(close: Close) -> None:
    cause = json.dumps(
        {"errorMessage": "request 3 answers 0.9, not 0.1", "errorType": "GoldenRequestsFailed"}
    )
    close(
        {
            "run_id": RUN_ID,
            "outcome": "rejected by golden requests",
            "version": 3,
            "error": {"Error": "GoldenRequestsFailed", "Cause": cause},
        }
    )
    assert closed().reason == "GoldenRequestsFailed: request 3 answers 0.9, not 0.1"
    assert closed().version == 3


@pytest.mark.parametrize("outcome", ["released", "rolled back"])
def test_closing_needs_no_reason(close: Close, outcome: str) -> None:
    close({"run_id": RUN_ID, "outcome": outcome})
    assert closed().reason is None


def test_what_judge_said_does_not_explain_a_roll_back(close: Close) -> None:
    judged(run_documents.judgement("boosting"))
    close({"run_id": RUN_ID, "outcome": "rolled back"})
    assert closed().reason is None


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events that the function put."""
    entries: list[dict[str, Any]] = []

    def put_events(**request: Any) -> dict[str, int]:
        entries.extend(request["Entries"])
        return {"FailedEntryCount": 0}

    monkeypatch.setattr(client("events"), "put_events", put_events)
    return entries


def test_a_kept_trigger_is_sent_to_the_model_that_refused_it(
    close: Close, sent: list[dict[str, Any]]
) -> None:
    record = RUNS.admission()
    RUNS.replace_admission(
        AdmissionRecord(
            revision=record.revision,
            lock_run=RUN_ID,
            lock_execution="arn:1",
            waiting=[Waiting(trigger=UPLOAD)],
        )
    )
    close({"run_id": RUN_ID, "outcome": "released", "version": 3})
    close({"run_id": RUN_ID, "outcome": "released", "version": 3})
    (event,) = sent
    assert (event["Source"], event["DetailType"]) == ("keepfit", "Retraining Requested")
    detail = json.loads(event["Detail"])
    assert (detail["model"], detail["trigger"]["id"]) == ("delay", "e2")


def test_what_came_too_early_is_asked_again_as_it_came_and_no_run_is_touched(
    close: Close, sent: list[dict[str, Any]]
) -> None:
    came = {
        "id": "e2",
        "source": "keepfit",
        "detail-type": "Dataset Updated",
        "time": "2013-03-01T12:00:00Z",
        "detail": {"dataset": "flights", "version": 2},
    }
    assert close({"ask_again": came}) == {"asked_again": "e2"}
    (event,) = sent
    again = read_trigger(
        {"source": event["Source"], "detail-type": event["DetailType"], "detail": json.loads(event["Detail"])}
    )
    assert again == msgspec.structs.replace(read_trigger(came), kept=True)
    assert (RUNS.admission().lock_run, closed().closed_at) == (RUN_ID, None)
