"""Starts executions of a model's training state machine, and reads their progress."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from cli.places.deployment import Deployment
from keepfit import events
from keepfit.adapters.aws.clients import translated
from keepfit.instants import now, to_iso
from keepfit.training.runs.failures import read_failure
from keepfit.training.runs.run import ABANDONED, ABORTED, TrainingRun

_RUNNING = ("RUNNING", "PENDING_REDRIVE")
_MAX_RUNS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The progress of an execution.

    ``run`` is None until it is admitted; ``suppressed`` is the reason for which it was not. ``failure`` is the error
    that ended the execution, without a function's stack trace; None where the run's own reason says it.
    """

    ended: bool
    run: TrainingRun | None
    suppressed: str | None
    failure: str | None


def start_training(deployment: Deployment, model: str, *, why: str, force: bool) -> str:
    """Starts a training, and returns the ARN of the execution."""
    return _start(deployment, model, events.TRAINING_REQUESTED, {"why": why, "force": force})


def start_import(deployment: Deployment, model: str, *, sha256: str, file: str, why: str) -> str:
    """Starts a run that judges a finished model, and returns the ARN of the execution."""
    detail = {"why": why, "imported": sha256, "file": file}
    return _start(deployment, model, events.TRAINING_REQUESTED, detail)


def start_release(deployment: Deployment, model: str, version: int, *, why: str) -> str:
    """Starts the release of a registered version, and returns the ARN of the execution."""
    return _start(deployment, model, events.RELEASE_REQUESTED, {"why": why, "release": version})


def _start(deployment: Deployment, model: str, detail_type: str, detail: dict[str, Any]) -> str:
    event = {
        "source": events.PERSON,
        "detail-type": detail_type,
        "id": str(uuid.uuid4()),
        "time": to_iso(now()),
        "detail": {"by": deployment.caller, **detail},
    }
    machine = deployment.model(model)["StateMachine"]
    with translated(f"the state machine of {model}"):
        started = deployment.place.client("stepfunctions").start_execution(
            stateMachineArn=machine, input=json.dumps(event)
        )
    return str(started["executionArn"])


def look(deployment: Deployment, model: str, execution: str) -> Course:
    """The present progress of an execution."""
    with translated(f"the execution {execution}"):
        described = deployment.place.client("stepfunctions").describe_execution(executionArn=execution)
    # After the execution: what ended it is on record before it has ended.
    newest = deployment.runs(model).newest(_MAX_RUNS)
    admission = json.loads(described.get("output") or "{}").get("admission", {})
    run = next((run for run in newest if run.execution_arn == execution), None)
    explained = run is not None and run.outcome in (ABANDONED, ABORTED) and run.reason is not None
    return Course(
        ended=described["status"] not in _RUNNING,
        run=run,
        suppressed=admission.get("reason") if admission.get("admitted") is False else None,
        failure=None if explained else _failure(described),
    )


def current_state(deployment: Deployment, execution: str) -> str:
    """The name of the state that was entered last."""
    with translated(f"the execution {execution}"):
        history = deployment.place.client("stepfunctions").get_execution_history(
            executionArn=execution, reverseOrder=True, maxResults=50
        )["events"]
    entered = (e["stateEnteredEventDetails"]["name"] for e in history if "stateEnteredEventDetails" in e)
    return next(entered, "starting")


def _failure(described: dict[str, Any]) -> str | None:
    if described["status"] in (*_RUNNING, "SUCCEEDED"):
        return None
    failure = read_failure({"Error": described.get("error") or "", "Cause": described.get("cause") or ""})
    parts = (described["status"].lower(), failure.error, failure.cause)
    return ": ".join(part for part in parts if part)
