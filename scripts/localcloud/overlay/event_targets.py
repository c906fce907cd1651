"""EventBridge targets: asynchronous invocation, and the target's queue for failures.

The stock emulator runs a function once, without its retries and destinations, and drops what it cannot deliver.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from ministack.services import eventbridge, lambda_svc, stepfunctions

from localcloud.overlay import queues, schedules, service_access
from localcloud.overlay.addresses import undeliverable
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace, wrap

_PRINCIPAL = "events.amazonaws.com"
_log = logging.getLogger("localcloud.events")


def install(cloud: CloudContext) -> None:
    """Delivers events as AWS does."""
    expect(stepfunctions, "_resolve_state_machine_arn", params="arn")
    replace(eventbridge, "_dispatch_to_lambda", _to_function, params="arn,payload")
    wrap(eventbridge, "_invoke_target", _or_dead_letter, params="target,event,rule,view")


def _to_function(arn: str, payload: str) -> None:
    record, config, _ = lambda_svc._get_func_record_for_ref(arn)
    lambda_svc.invoke_async_with_retry(
        lambda_svc._execution_record_for_config(record, config), json.loads(payload)
    )


def _or_dead_letter(deliver: Callable[..., None]) -> Callable[..., None]:
    def invoke_target(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> None:
        if ":schedule/" in str(rule.get("Arn", "")):
            schedules.deliver(deliver, target, event, rule)
            return
        problem = undeliverable(target.get("Arn", "")) or _forbidden(target, str(rule.get("Arn", "")))
        if problem is None:
            deliver(target, event, rule, view)
            return
        code, message = problem
        _log.warning("EventBridge rule %s: %s", rule.get("Name"), message)
        dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
        if dead_letters and service_access.queue_admits(dead_letters, _PRINCIPAL, str(rule.get("Arn", ""))):
            view = view or eventbridge._pattern_event_view(event)
            attributes = {
                "RULE_ARN": str(rule.get("Arn", "")),
                "TARGET_ARN": target.get("Arn", ""),
                "ERROR_CODE": code,
                "ERROR_MESSAGE": message,
            }
            queues.send(dead_letters, json.dumps(view.event_with_detail()), attributes)

    return invoke_target


def _forbidden(target: dict[str, Any], rule_arn: str) -> tuple[str, str] | None:
    """The error code and message where neither role nor resource policy admits the rule."""
    arn = target.get("Arn", "")
    service = arn.split(":")[2] if arn.startswith("arn:") else ""
    if service == "lambda":
        allowed, action = service_access.function_admits(arn, _PRINCIPAL, rule_arn), "lambda:InvokeFunction"
    elif service == "sqs":
        allowed, action = service_access.queue_admits(arn, _PRINCIPAL, rule_arn), "sqs:SendMessage"
    elif service == "states":
        action = "states:StartExecution"
        allowed = service_access.role_allows(target.get("RoleArn", ""), action, arn)
    else:
        return None
    return (
        None
        if allowed
        else ("NO_PERMISSIONS", f"The rule {rule_arn} has no permission for {action} on {arn}.")
    )
