"""Composition root of `close_run` and `record_failure`: the final states of the state machine."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import msgspec

from keepfit import variables
from keepfit.adapters.aws.cloudwatch_metrics import CloudWatchMetrics
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.eventbridge import EventBridge
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.mlflow.tracking_server import MlflowTrackingServer
from keepfit.application.tracking import tracked_run
from keepfit.errors import Conflict, NotFound
from keepfit.instants import now
from keepfit.layout import ModelScope
from keepfit.registry.gain import LaterGain
from keepfit.runtime.executions import Execution
from keepfit.runtime.settings import setting
from keepfit.training.runs.closing import Closing
from keepfit.training.runs.failures import Retry, read_failure, retry_after
from keepfit.training.runs.run import LEFT_TO_PERSON, RELEASED
from keepfit.training.runs.run_files import FAILURE, RunFiles
from keepfit.training.runs.triggers import read_trigger

_DECIDED_BY_JUDGE = ("champion kept", RELEASED, LEFT_TO_PERSON)


def closing(model: str) -> Closing:
    """Builds ``Closing`` for ``model``."""
    items = ModelItems(table=setting(variables.REGISTRY_TABLE), model=model)
    return Closing(
        model=model,
        runs=DynamoRuns(items),
        events=EventBridge(),
        metrics=CloudWatchMetrics(model=model),
        clock=now,
    )


def close(event: dict[str, Any]) -> dict[str, Any]:
    """Closes the run of one execution with its outcome.

    Args:
        event: ``outcome``; ``run_id``, or ``execution`` (``arn``, ``started_at``) where the run's id is not known;
            where there are any: ``version``, ``reason``, ``error`` as a Catch gives it; ``stopped`` where somebody
            ended the execution, whose training is not wanted then.

    Returns:
        ``run_id`` and ``outcome``; ``tracked``, where there is a tracking server: whether it has the run, or why not.
    """
    model = setting(variables.MODEL)
    run_id, outcome = _run_id(event), str(event["outcome"])
    files = RunFiles(S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)), ModelScope(model).run(run_id))
    reason = event.get("reason") or _reason(event, files)
    closing(model).close(run_id, outcome, reason=reason, version=event.get("version"), retry=_retry(event))
    tracked = track(model, run_id, files)
    return {"run_id": run_id, "outcome": outcome, **({"tracked": tracked} if tracked else {})}


def track(model: str, run_id: str, files: RunFiles) -> str | None:
    """Shows a closed run to the tracking server, if there is one; whatever fails there is only said."""
    uri = os.environ.get(variables.MLFLOW_URI)
    if not uri:
        return None
    run = DynamoRuns(ModelItems(table=setting(variables.REGISTRY_TABLE), model=model)).find(run_id)
    if run is None:
        return None
    try:
        MlflowTrackingServer(uri=uri).keep(tracked_run(run, files), experiment=model)
    except Exception as error:  # noqa: BLE001  the run is over, and nothing of it is in question
        return f"{type(error).__name__}: {error}"
    return "yes"


def ask_again(event: dict[str, Any]) -> dict[str, Any]:
    """Sends a postponed trigger again.

    Args:
        event: ``ask_again``, the event that the execution was started with.

    Returns:
        ``asked_again``: the id of the trigger.
    """
    trigger = read_trigger(event["ask_again"])
    closing(setting(variables.MODEL)).ask_again(trigger)
    return {"asked_again": trigger.id}


def record_failure(event: dict[str, Any]) -> dict[str, Any]:
    """Writes ``failed.json`` for a failed training task, unless the task wrote it itself.

    Args:
        event: ``run_id``, ``candidate``, ``error`` as a Catch gives it.

    Returns:
        ``candidate`` and ``error``: the name of what went wrong.
    """
    failure = read_failure(event["error"])
    artifacts = S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET))
    run = RunFiles(artifacts, ModelScope(setting(variables.MODEL)).run(event["run_id"]))
    with suppress(Conflict):  # the task itself knew better than its container's exit code does
        artifacts.put_new(run.candidate(event["candidate"]).key(FAILURE), msgspec.json.encode(failure))
    return {"candidate": event["candidate"], "error": failure.error}


def close_incidents(event: dict[str, Any]) -> dict[str, Any]:
    """Closes the incidents of the model for a person, and asks again for what was given up.

    Args:
        event: ``close_incidents``: ``who`` and ``why``.

    Returns:
        ``closed``: the incidents.
    """
    asked = event["close_incidents"]
    found = closing(setting(variables.MODEL)).close_incidents(who=str(asked["who"]), why=str(asked["why"]))
    return {"closed": msgspec.to_builtins(found)}


def count_gain(event: dict[str, Any]) -> dict[str, Any]:
    """Counts what a retraining brought, as the monitor has measured.

    Args:
        event: ``gain``, see ``LaterGain``.

    Returns:
        ``counted``: the version.
    """
    gain = msgspec.convert(event["gain"], LaterGain)
    closing(setting(variables.MODEL)).count_gain(gain)
    return {"counted": gain.version}


def _retry(event: dict[str, Any]) -> Retry:
    """Whether a run that ended so is tried again."""
    if event.get("stopped"):
        return "not wanted"
    return retry_after(read_failure(event["error"]).error) if event.get("error") else "later"


def _run_id(event: dict[str, Any]) -> str:
    if event.get("run_id"):
        return str(event["run_id"])
    return msgspec.convert(event["execution"], Execution).run_id


def _reason(event: dict[str, Any], files: RunFiles) -> str | None:
    """The reason for a run's outcome: its error, or the failures of its candidates."""
    if event.get("error"):
        failure = read_failure(event["error"])
        return f"{failure.error}: {failure.cause}"
    if event["outcome"] not in _DECIDED_BY_JUDGE:
        return None
    try:
        reason = files.judgement().reason
    except NotFound:  # a run is closed whether or not its files are still there
        return None
    if event["outcome"] == LEFT_TO_PERSON:
        return f"{reason}: `keepfit release {setting(variables.MODEL)} {event['version']}` releases it by a canary"
    return reason
