from __future__ import annotations

import json
from typing import Any

import pytest

from cli.commands import run_requests
from cli.places.deployment import Deployment
from keepfit.training.runs.triggers import read_trigger
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.support.standin import OUTPUTS, States
from tests.unit.views.support import history

UNDER_WAY: dict[str, Any] = {"closed_at": None, "outcome": None, "reason": None, "version": None}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_requests, "_POLL_S", 0.0)
    monkeypatch.setattr(run_requests, "_ADMISSION_TIMEOUT_S", 0.0)


def _succeeded(**output: Any) -> dict[str, Any]:
    return {"status": "SUCCEEDED", "output": json.dumps(output)}


def test_a_training_is_asked_for_as_admission_reads_it(
    keepfit: Keepfit, deployment: Deployment, states: States
) -> None:
    keepfit("train", "delay", "--why", "new sensors", "--force")
    [started] = states.started
    assert started["stateMachineArn"] == OUTPUTS["StateMachine"]
    trigger = read_trigger(started["input"])
    assert trigger.kind == "person"
    assert trigger.forced
    assert trigger.detail["why"] == "new sensors"
    assert trigger.detail["by"] == deployment.caller


def test_an_admitted_training_is_not_waited_for_unless_asked(
    keepfit: Keepfit, stores: ModelStores, states: States
) -> None:
    history.put_run(stores, **UNDER_WAY)
    answer = keepfit("train", "delay", "--json")
    assert answer.exit_code == 0
    assert (answer.json["admitted"], answer.json["run_id"]) == (True, history.RUN_ID)
    assert answer.json["outcome"] is None


def test_a_suppressed_training_is_exit_code_four_with_the_reason(
    keepfit: Keepfit, deployment: Deployment, states: States, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = "nothing new to learn from"
    states.ends = [{"status": "RUNNING"}, _succeeded(admission={"admitted": False, "reason": reason})]
    monkeypatch.setattr(run_requests, "_ADMISSION_TIMEOUT_S", 60.0)
    answer = keepfit("train", "delay", "--json")
    assert answer.exit_code == 4
    assert (answer.json["admitted"], answer.json["suppressed"]) == (False, reason)


def test_waiting_follows_the_run_to_its_outcome(
    keepfit: Keepfit, stores: ModelStores, states: States
) -> None:
    states.ends = [{"status": "RUNNING"}, {"status": "RUNNING"}, _succeeded(admission={"admitted": True})]
    history.put_run(stores)
    answer = keepfit("train", "delay", "--wait", "--json")
    assert answer.exit_code == 0
    assert (answer.json["outcome"], answer.json["version"]) == ("released", 2)
    assert "delay: Admit" in answer.stderr


def test_a_run_that_was_abandoned_is_a_failure(keepfit: Keepfit, stores: ModelStores, states: States) -> None:
    states.ends = [{"status": "FAILED", "error": "NoCandidate", "cause": "all of them failed"}]
    history.put_run(stores, outcome="abandoned", reason=None, version=None)
    answer = keepfit("train", "delay", "--wait", "--json")
    assert answer.exit_code == 1
    assert answer.json["failure"] == "failed: NoCandidate: all of them failed"


_CAUSE = json.dumps(
    {"errorMessage": "too few rows", "errorType": "EmptyWindow", "stackTrace": ["File handler.py"]}
)


@pytest.mark.parametrize("outcome", ["abandoned", "aborted"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_failure_is_told_once_and_without_a_stack_trace(
    keepfit: Keepfit, stores: ModelStores, states: States, outcome: str, form: tuple[str, ...]
) -> None:
    states.ends = [{"status": "FAILED", "error": "EmptyWindow", "cause": _CAUSE}]
    history.put_run(stores, outcome=outcome, reason="EmptyWindow: too few rows", version=None)
    answer = keepfit("train", "delay", "--wait", *form)
    assert answer.exit_code == 1
    assert answer.stdout.count("too few rows") == 1
    assert "stackTrace" not in answer.stdout + answer.stderr
    assert "handler.py" not in answer.stdout + answer.stderr


def test_a_failure_that_no_run_tells_has_no_stack_trace_either(
    keepfit: Keepfit, deployment: Deployment, states: States
) -> None:
    states.ends = [{"status": "FAILED", "error": "EmptyWindow", "cause": _CAUSE}]
    answer = keepfit("train", "delay", "--wait")
    assert answer.exit_code == 1
    assert "No run of delay: failed: EmptyWindow: too few rows" in answer.stdout
    assert "stackTrace" not in answer.stdout + answer.stderr


def test_a_run_that_outlasts_our_patience_is_neither_done_nor_failed(
    keepfit: Keepfit, stores: ModelStores, states: States
) -> None:
    history.put_run(stores, **UNDER_WAY)
    answer = keepfit("train", "delay", "--wait", "--timeout", "0")
    assert answer.exit_code == 6
    assert f"keepfit runs show {history.RUN_ID}" in answer.stderr
