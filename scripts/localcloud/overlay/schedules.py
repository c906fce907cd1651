"""Delivers schedules of EventBridge Scheduler under their role, with their input.

The stock emulator treats a schedule's target as a rule's: it asks the target's own policy, which Scheduler never does,
leaves context attributes as they are, drops what cannot be delivered, and accepts a template's schedule in a group
that does not exist.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable
from typing import Any

from ministack.core import responses
from ministack.services import scheduler
from ministack.services.cloudformation import provisioners

from localcloud.overlay import queues, service_access
from localcloud.overlay.addresses import undeliverable
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, wrap

_ACTIONS = {
    "lambda": "lambda:InvokeFunction",
    "states": "states:StartExecution",
    "sqs": "sqs:SendMessage",
}
_log = logging.getLogger("localcloud.schedules")


def install(cloud: CloudContext) -> None:
    """Delivers as AWS does; call it after ``event_targets``, by which the emulator delivers."""
    expect(scheduler, "_tick_schedules", params="", contains=("_eb._invoke_target(target, event, sched)",))
    expect(scheduler, "_schedules")
    wrap(provisioners, "_scheduler_schedule_create", _created, params="logical_id,props,stack_name")


def deliver(
    hand_over: Callable[..., None], target: dict[str, Any], event: dict[str, Any], schedule: dict[str, Any]
) -> None:
    """Delivers a schedule's input to its target, or to its dead-letter queue.

    Nothing is tried again: what is refused here would be refused then.
    """
    said = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": dt.datetime.fromtimestamp(event["Time"], dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": event["EventId"],
        "attempt-number": "1",
    }
    text = target.get("Input") or "{}"
    for attribute, value in said.items():
        text = text.replace(f"<aws.scheduler.{attribute}>", value)
    problem = undeliverable(target["Arn"]) or _forbidden(target)
    if problem is None:
        hand_over({**target, "Input": text}, event, schedule)
        return
    code, message = problem
    _log.warning("The schedule %s: %s", schedule["Name"], message)
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not dead_letters:
        return
    if not service_access.role_allows(target["RoleArn"], "sqs:SendMessage", dead_letters):
        service_access.report(service_access.refusal(target["RoleArn"], "sqs:SendMessage", dead_letters))
        return
    attributes = {
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message,
        "EXECUTION_ID": said["execution-id"],
        "SCHEDULED_TIME": said["scheduled-time"],
        "SCHEDULE_ARN": said["schedule-arn"],
        "TARGET_ARN": target["Arn"],
    }
    queues.send(dead_letters, text, attributes)


def _forbidden(target: dict[str, Any]) -> tuple[str, str] | None:
    action = _ACTIONS.get(target["Arn"].split(":")[2])
    if action is None or service_access.role_allows(target["RoleArn"], action, target["Arn"]):
        return None
    return "AccessDeniedException", service_access.refusal(target["RoleArn"], action, target["Arn"])


def _created(create: Callable[..., Any]) -> Callable[..., Any]:
    def create_schedule(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        group = props.get("GroupName", "default")
        if group != "default" and group not in scheduler._schedule_groups:
            raise ValueError(f"AWS::Scheduler::Schedule: Schedule group {group} does not exist.")
        target = props.get("Target") or {}
        if not service_access.role_trusts(
            target.get("RoleArn", ""), "scheduler.amazonaws.com", scheduler._group_arn(group)
        ):
            raise ValueError(
                "AWS::Scheduler::Schedule: The execution role you provide must allow AWS EventBridge Scheduler to "
                f"assume the role: {json.dumps(target.get('RoleArn'))} in account {responses.get_account_id()}"
            )
        return create(logical_id, props, stack_name)

    return create_schedule
