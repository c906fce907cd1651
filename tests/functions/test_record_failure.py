"""A training task that ended badly leaves its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from tests.functions.conftest import Load

pytestmark = pytest.mark.usefixtures("training_stack")

ARTIFACTS = S3Artifacts(bucket="artifacts")
KEY = "runs/delay/r1/candidates/forest/failed.json"

Record = Callable[[dict[str, str]], dict[str, Any]]


@pytest.fixture
def record(load: Load, context: SimpleNamespace) -> Record:
    handler = load("record_failure/handler").handler
    return lambda error: dict(handler({"run_id": "r1", "candidate": "forest", "error": error}, context))


def test_a_task_that_was_killed_is_told_by_its_container(record: Record) -> None:
    task = {
        "StopCode": "EssentialContainerExited",
        "StoppedReason": "Essential container in task exited",
        "Containers": [{"Name": "train", "ExitCode": 137, "Reason": "OutOfMemoryError: killed"}],
    }
    answer = record({"Error": "States.TaskFailed", "Cause": json.dumps(task)})
    assert answer == {"candidate": "forest", "error": "States.TaskFailed"}
    failed = json.loads(ARTIFACTS.get(KEY))
    assert failed["error"] == "States.TaskFailed"
    assert "OutOfMemoryError: killed" in failed["cause"]
    assert "exit code 137" in failed["cause"]


def test_a_task_that_never_started_is_told_by_its_stop(record: Record) -> None:
    task = {"StopCode": "TaskFailedToStart", "StoppedReason": "CannotPullContainerError", "Containers": []}
    record({"Error": "States.TaskFailed", "Cause": json.dumps(task)})
    assert json.loads(ARTIFACTS.get(KEY))["cause"] == "TaskFailedToStart; CannotPullContainerError"


@pytest.mark.parametrize("cause", ["", "not JSON", "[1, 2]", "{}", "3"])
def test_a_cause_of_any_form_is_kept(record: Record, cause: str) -> None:
    record({"Error": "States.Timeout", "Cause": cause})
    assert json.loads(ARTIFACTS.get(KEY)) == {"error": "States.Timeout", "cause": cause}


def test_what_the_task_itself_said_is_not_overwritten(record: Record) -> None:
    said = b'{"error": "EmptyWindow", "cause": "all rows have the same label"}'
    ARTIFACTS.put(KEY, said)
    record({"Error": "States.TaskFailed", "Cause": "{}"})
    assert ARTIFACTS.get(KEY) == said
