"""Event routing: the orders that an event leads to, for each model that subscribes to it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from keepfit import events
from keepfit.errors import NotFound
from keepfit.layout import ModelScope
from keepfit.training.runs.model_subscription import Subscription
from keepfit.training.runs.run import ABORTED

# Executions that ended so have cleared nothing up themselves.
STOPPED = "ABORTED"
UNHAPPY = (STOPPED, "TIMED_OUT", "FAILED")


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """An order to start an execution with the event as its input.

    ``name`` is the event's id: the machine is the model's own, so a delivery that is repeated starts nothing anew.
    """

    model: str
    machine: str
    name: str
    event: dict[str, Any]


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """An order to invoke a function asynchronously; the function is idempotent."""

    model: str
    function: str
    asked: dict[str, Any]


Order = Start | Invocation


def orders(
    event: Mapping[str, Any], subscriptions: Sequence[Subscription], *, batches: str | None = None
) -> list[Order]:
    """The orders that an event leads to, for each model; ``batches`` is the machine of batches.

    Raises:
        NotFound: an event that no rule sends, or that lacks a part.
    """
    try:
        if event["source"] == "aws.states":
            return _after_ending(event["detail"], subscriptions)
        if event["source"] == "aws.s3":
            return _dropped(event["detail"]["object"], subscriptions, batches)
        if (event["source"], event["detail-type"]) == (events.SOURCE, events.GAIN_MEASURED):
            return _after_measuring(event["detail"], subscriptions)
        return [
            Start(model=each.model, machine=each.machine, name=str(event["id"]), event=dict(event))
            for each in _concerned(event, subscriptions)
        ]
    except (KeyError, TypeError) as error:
        raise NotFound(
            f"the event {event.get('detail-type')!r} of {event.get('source')!r} cannot be dispatched "
            f"({type(error).__name__}: {error}); send one of the events that the rules of the platform send"
        ) from error


def _dropped(
    found: Mapping[str, Any], subscriptions: Sequence[Subscription], batches: str | None
) -> list[Order]:
    """The order to score a file in the folder of a model, once for each of its versions."""
    key, version_id = str(found["key"]), str(found.get("version-id", "null"))
    for each in subscriptions:
        folder = ModelScope(each.model).batch_jobs
        if batches and key.startswith(folder) and not key.endswith("/"):
            job = batch_job_id(key, version_id)
            asked = {"model": each.model, "key": key, "version_id": version_id, "job": job}
            return [Start(model=each.model, machine=batches, name=job, event=asked)]
    return []


def _concerned(event: Mapping[str, Any], subscriptions: Sequence[Subscription]) -> list[Subscription]:
    detail = event["detail"]
    match event["source"], event["detail-type"]:
        case events.SOURCE, events.DATASET_UPDATED:
            dataset = detail["dataset"]
            return [each for each in subscriptions if dataset in each.datasets]
        case events.SOURCE, events.CHAMPION_CHANGED:
            model = detail["model"]
            return [each for each in subscriptions if model in each.graph_models]
        case events.SOURCE, events.ALARM_STANDING | events.RETRAINING_REQUESTED:
            model = detail["model"]
            return [each for each in subscriptions if each.model == model]
        case "aws.cloudwatch", events.ALARM_CHANGED:
            alarm, state = detail["alarmName"], detail["state"]["value"]
            return [
                each
                for each in subscriptions
                if alarm in (each.drift_alarm, *each.decay_alarms) and state == "ALARM"
            ]
        case events.CLOUDFORMATION, events.STACK_CHANGED:
            deployed = detail["status-details"]["status"] == events.DEPLOYED
            stack = detail["stack-id"].rpartition("/")[
                2
            ]  # of an ARN, what tells a stack from another of its name
            return [each for each in subscriptions if deployed and each.stack == stack]
    raise KeyError("unknown kind of event")


def _after_measuring(detail: Mapping[str, Any], subscriptions: Sequence[Subscription]) -> list[Order]:
    """Orders to write a gain into the ledger, and to count retrainings that brought none."""
    model, gain = detail["model"], detail["gain"]
    return [
        Invocation(model=model, function=function, asked=asked)
        for each in subscriptions
        if each.model == model
        for function, asked in (
            (each.move_alias, {"action": "record gain", "gain": gain}),
            (each.close_run, {"gain": gain}),
        )
    ]


def _after_ending(detail: Mapping[str, Any], subscriptions: Sequence[Subscription]) -> list[Order]:
    """Orders to end the canary and close the run of an execution that failed.

    Both do nothing where the execution has done it: a failed one has been abandoned by its own last state. Ending the
    canary closes the run as well, before it looks: a step that still works may be about to start one.
    """
    machine, status = detail["stateMachineArn"], detail["status"]
    asked = {
        "execution": {"arn": detail["executionArn"], "started_at": detail["startDate"]},
        "reason": f"its execution ended as {status}",
    }
    return [
        Invocation(model=each.model, function=function, asked={**asked, **more})
        for each in subscriptions
        if each.machine == machine and status in UNHAPPY
        for function, more in (
            (each.move_alias, {"action": "end canary"}),
            (each.close_run, {"outcome": ABORTED, "stopped": status == STOPPED}),
        )
    ]


def batch_job_id(key: str, version_id: str) -> str:
    """The name of the job that scores one version of an object.

    >>> batch_job_id("batch/delay/rows.csv", "v1")
    'fecd48390dd171baac6f'
    """
    return hashlib.sha256(f"{key}\n{version_id}".encode()).hexdigest()[:20]
