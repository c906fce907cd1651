"""The functions' calls to AWS, beside those found by reading code and those that access.md grants."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.training.runs.model_subscription import Subscription
from tests.functions import test_the_loop_on_a_bad_day as day
from tests.functions.conftest import Load
from tests.functions.recorder import Call, Recorder
from tests.functions.whole_loop import WholeLoop
from tests.infra.access.reach import reached
from tests.infra.access.sources import module
from tests.infra.access.table import PATH, Row, parse
from tests.unit.monitoring.support.notices import alarm_event

Recorded = dict[str, set[Call]]

IN_PARTS = {
    "s3.AbortMultipartUpload",
    "s3.CompleteMultipartUpload",
    "s3.CreateMultipartUpload",
    "s3.UploadPart",
}
# What needs more than a good day with small files.
NOT_TODAY = {
    # A run that nobody closed is taken over, and what it held back asked for; incidents are opened and closed.
    "admit_trigger": {"events.PutEvents", "cloudwatch.PutMetricData"},
    "close_run": {"cloudwatch.PutMetricData"},
    "build_training_set": {*IN_PARTS, "s3.HeadObject"},  # files that Spark joined
    "ingest_upload": {"dynamodb.PutItem", "s3.HeadObject"},  # a refusal; an event that names no version
    # Drift that stands; a model that is told outcomes.
    "monitor_model": {
        "events.PutEvents",
        "s3.GetObject (version)",
        "s3.HeadObject (version)",
        *IN_PARTS,
    },
    # More versions than are kept; a release that raises, and is asked what.
    "prepare_release": {"lambda.DeleteFunction", "lambda.Invoke"},
    "register_table": {"glue.BatchUpdatePartition"},  # an upload that is read again while it is shown
}
GRANTS_NOT_NEEDED_TODAY = {
    # Where an incident is opened or closed.
    *(
        ("admit_trigger, close_run, evaluate_canary, record_failure", action, place)
        for action, place in (
            ("cloudwatch:PutMetricData", "*; namespace keepfit"),
            ("events:PutEvents", "event-bus/default; source keepfit; detail-type Incident Opened"),
            ("events:PutEvents", "event-bus/default; source keepfit; detail-type Incident Closed"),
        )
    ),
    (
        "build_training_set, judge_candidates, replay_requests",
        "s3:AbortMultipartUpload",
        "<ModelsArtifacts>/runs/<model>/*",
    ),
    ("ingest_upload", "s3:GetObject", "<DataIntake>/?*/*"),
    # Of rows that were written in real time, and did not become data.
    ("ingest_upload", "events:PutEvents", "event-bus/default; source keepfit; detail-type Features Behind"),
    ("monitor_model", "events:PutEvents", "event-bus/default; source keepfit; detail-type Alarm Standing"),
    ("monitor_model", "s3:AbortMultipartUpload", "<DataLake>/predictions/<model>/*"),
    # Where enough outcomes of a retrained version are known.
    ("monitor_model", "events:PutEvents", "event-bus/default; source keepfit; detail-type Gain Measured"),
    # Where a model is told outcomes.
    ("monitor_model", "dynamodb:GetItem", "<ModelsRegistry>; LeadingKeys dataset#<model>_outcomes"),
    ("monitor_model", "s3:GetObject", "<DataLake>/datasets/<model>_outcomes/*"),
    ("monitor_model", "s3:GetObjectVersion", "<DataLake>/datasets/<model>_outcomes/*"),
    # Whether what is there already is the function's own write, whose answer was lost.
    ("move_alias", "dynamodb:GetItem", "<ModelsRegistry>; LeadingKeys ledger#<model>"),
    ("prepare_release", "lambda:DeleteFunction", "<ServingPredictFunction>:*"),
    ("prepare_release", "lambda:InvokeFunction", "<ServingPredictFunction>:*"),
    # Where a definition selects features.
    ("train_candidate", "s3:GetObject", "<ModelsArtifacts>/models/<model>/*/signature.json"),
    ("train_candidate", "s3:PutObject", "<ModelsArtifacts>/runs/<model>/*/selection.json"),
    ("register_version", "s3:GetObject", "<ModelsArtifacts>/models/<model>/*"),
    *(
        ("register_table", "glue:BatchUpdatePartition", place)
        for place in ("catalog", "database/keepfit", "keepfit/*")
    ),
}


@pytest.mark.usefixtures("training_stack")
def test_functions_ask_for_what_their_code_and_the_table_say_and_for_nothing_else(
    tmp_path: Path, load: Load, context: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = a_good_day(tmp_path, load, context, monkeypatch)
    assert read_and_not_made(recorded) == NOT_TODAY
    assert made_and_not_read(recorded) == {}
    assert not_granted(recorded) == []
    assert granted_and_not_made(recorded) == GRANTS_NOT_NEEDED_TODAY


def a_good_day(
    folder: Path, load: Load, context: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> Recorded:
    recorder = Recorder(load, monkeypatch)
    loop = WholeLoop(0, folder, recorder.load, context, monkeypatch)
    recorder.hear_invocations(monkeypatch)
    for patience in ("retried", "endured"):
        monkeypatch.setattr(loop.weather, patience, lambda work: work())
    day.the_first_release(loop)
    second = day.a_better_one_is_promoted(loop)
    day.a_bad_one_is_rolled_back(loop)
    day.one_is_stopped_in_its_canary(loop)
    day.a_person_goes_back(loop)
    day.a_failed_task_is_recorded(loop, second)
    day.what_came_too_early_is_asked_again(loop)
    day.one_is_decided_by_replay(loop)
    day.data_is_taken_back(loop)
    events_are_brought_to_the_model(loop, monkeypatch)
    people_are_told(loop, monkeypatch)
    loop.call("prepare_release", prune=True)
    return dict(recorder.calls)


def people_are_told(loop: WholeLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    client("s3").put_object(Bucket="artifacts", Key="assets/channels.json", Body=b"{}")
    with monkeypatch.context() as deployed:
        deployed.setenv("KEEPFIT_DEFINITION", "artifacts/assets/channels.json")
        deployed.setenv("KEEPFIT_TOPICS", "{}")
        loop.call("notify_people", **alarm_event())


def events_are_brought_to_the_model(loop: WholeLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPFIT_SUBSCRIPTIONS", "/keepfit/models")
    machine = client("stepfunctions").list_state_machines()["stateMachines"][0]["stateMachineArn"]
    said = Subscription(
        model="delay",
        datasets=["flights"],
        drift_alarm="keepfit-delay-drift",
        machine=machine,
        move_alias="keepfit-delay-move-alias",
        close_run="keepfit-delay-close-run",
    )
    value = msgspec.json.encode(said).decode()
    client("ssm").put_parameter(Name="/keepfit/models/delay", Value=value, Type="String")
    came = {"id": "0", "time": "2013-01-01T00:00:00Z"}
    news = {
        "source": "keepfit",
        "detail-type": "Dataset Updated",
        "detail": {"dataset": "flights", "version": 3},
    }
    execution = {"executionArn": f"{machine}:1".replace("stateMachine", "execution"), "startDate": 1}
    end = {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {**execution, "stateMachineArn": machine, "status": "ABORTED"},
    }
    for event in (news, end):
        loop.call("dispatch_event", **came, **event)


def read_and_not_made(recorded: Recorded) -> dict[str, set[str]]:
    """What the code of functions asks for, and nobody did; listing is asked where S3 refuses, too."""
    left = {name: _read(name) - _made(calls) for name, calls in recorded.items()}
    return {name: operations for name, operations in left.items() if operations}


def made_and_not_read(recorded: Recorded) -> dict[str, set[str]]:
    """What functions asked for, and reading their code does not find."""
    unread = {name: _made(calls) - _read(name) for name, calls in recorded.items()}
    return {name: operations for name, operations in unread.items() if operations}


def _read(name: str) -> set[str]:
    code = module(f"functions.{name}")
    assert code
    return {str(operation) for operation in reached(code).operations} - _LISTING


def _made(calls: Iterable[Call]) -> set[str]:
    return {str(call.operation) for call in calls} - _LISTING


_LISTING = {"s3.ListObjectsV2"}


def not_granted(recorded: Recorded) -> list[tuple[str, Call]]:
    table = parse(PATH.read_text())
    return [
        (name, call)
        for name, calls in recorded.items()
        for call in calls
        if not any(_grants(row, name, call) for row in table)
    ]


def granted_and_not_made(recorded: Recorded) -> set[tuple[str, str, str]]:
    """Place by place; listing goes with reading, and what services do for a function is not the function's."""
    return {
        (", ".join(sorted(row.who)), action, place)
        for row in parse(PATH.read_text())
        if row.who <= recorded.keys() and any(re.match(r"[a-z0-9]+\.[A-Z]", why) for why in row.why)
        for action, place in product(row.may, row.on)
        if action != "s3:ListBucket"
        and not any(
            _grants(replace(row, may={action}, on={place}), name, call)
            for name in row.who
            for call in recorded[name]
        )
    }


def _grants(row: Row, name: str, call: Call) -> bool:
    names = {"<model>": "delay", "<dataset>": "flights", "<digest>": "*"}
    patterns = [re.sub(r"<\w+>", lambda found: names.get(found[0], found[0]), place) for place in row.on]
    return (
        name in row.who
        and call.operation.action in row.may
        and any(fnmatchcase(place, pattern) for place in call.on for pattern in patterns)
    )
