"""Asynchronous invocations: retries, destinations and dead-letter queues.

The configuration is that of the invoked qualifier.

The stock emulator reads only the configuration of $LATEST, always reports three attempts, knows no destination for
success, and sends a dead-letter queue the envelope of a destination instead of the event.
"""

from __future__ import annotations

import contextvars
import datetime as dt
import json
import logging
import threading
import time
import uuid
from typing import Any

from ministack.core import responses
from ministack.services import eventbridge, lambda_svc, sns

from localcloud.overlay import invocations, queues, service_access
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace

# AWS waits one minute, then two; nobody wants to wait that long on a laptop.
_WAITS_SECONDS = (1.0, 2.0)
_MAX_AGE_SECONDS = 21_600
# What a function's role must be allowed, for its destinations and dead letters.
_DELIVERING = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
}
_log = logging.getLogger("localcloud.lambda")


def install(cloud: CloudContext) -> None:
    """Replaces the emulator's asynchronous invocation."""
    expect(lambda_svc, "_execute_function_with_config_scope", params="func,event")
    expect(sns, "publish_internal")
    replace(
        lambda_svc, "invoke_async_with_retry", invoke, params="func,event", contains=("MaximumRetryAttempts",)
    )


def invoke(func: dict[str, Any], event: Any) -> None:
    """Invokes a function in the background, with retries and a destination for failures."""
    scope = contextvars.copy_context()
    threading.Thread(target=scope.run, args=(_run, func, event), daemon=True, name="async-invocation").start()


def _run(func: dict[str, Any], event: Any) -> None:
    settings = _settings(func)
    retries = settings.get("MaximumRetryAttempts")
    attempts = 1 + (2 if retries is None else int(retries))
    oldest = float(settings.get("MaximumEventAgeInSeconds") or _MAX_AGE_SECONDS)
    started = time.monotonic()
    request_id, result, made = str(uuid.uuid4()), {}, 0
    for attempt in range(attempts):
        if attempt:
            wait = _WAITS_SECONDS[min(attempt, len(_WAITS_SECONDS)) - 1]
            if time.monotonic() - started + wait > oldest:
                break
            time.sleep(wait)
        result = lambda_svc._execute_function_with_config_scope(func, event)
        made += 1
        if not result.get("error"):
            break
    try:
        _pass_on(func, event, result, request_id, made)
    except Exception:  # noqa: BLE001 (nobody waits for this thread)
        _log.exception("The outcome of %s could not be delivered.", func["config"]["FunctionName"])


def _settings(func: dict[str, Any]) -> dict[str, Any]:
    """The configuration of the alias or version that was invoked."""
    config = func["config"]
    function = lambda_svc._functions.get(config["FunctionName"]) or {}
    qualifier = invocations.invoked_alias(func) or str(config.get("Version", "$LATEST"))
    found: dict[str, Any] = (function.get("event_invoke_configs") or {}).get(qualifier) or {}
    if not found and qualifier == "$LATEST":
        found = function.get("event_invoke_config") or {}
    return found


def _pass_on(func: dict[str, Any], event: Any, result: dict[str, Any], request_id: str, made: int) -> None:
    config = func["config"]
    destinations = _settings(func).get("DestinationConfig") or {}
    failed = bool(result.get("error"))
    target = (destinations.get("OnFailure" if failed else "OnSuccess") or {}).get("Destination")
    if target:
        _to_destination(target, config["Role"], _record(config, event, result, request_id, made))
    dead_letters = (config.get("DeadLetterConfig") or {}).get("TargetArn")
    if failed and dead_letters:
        attributes = {
            "RequestID": request_id,
            "ErrorCode": "200",
            "ErrorMessage": str(result["body"].get("errorMessage", "")),
        }
        action = _DELIVERING[dead_letters.split(":")[2]]
        if not service_access.role_allows(config["Role"], action, dead_letters):
            service_access.report(service_access.refusal(config["Role"], action, dead_letters))
        elif ":sqs:" in dead_letters:
            queues.send(dead_letters, json.dumps(event), attributes)
        else:
            sns.publish_internal(dead_letters, json.dumps(event), "Dead letter")


def _record(
    config: dict[str, Any], event: Any, result: dict[str, Any], request_id: str, made: int
) -> dict[str, Any]:
    """The invocation record that a destination receives."""
    failed = bool(result.get("error"))
    context: dict[str, Any] = {"statusCode": 200, "executedVersion": str(config.get("Version", "$LATEST"))}
    if failed:
        context["functionError"] = "Unhandled"
    return {
        "version": "1.0",
        "timestamp": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{config['FunctionArn']}:{config.get('Version', '$LATEST')}",
            "condition": "RetriesExhausted" if failed else "Success",
            "approximateInvokeCount": made,
        },
        "requestPayload": event,
        "responseContext": context,
        "responsePayload": result.get("body"),
    }


def _to_destination(arn: str, role: str, record: dict[str, Any]) -> None:
    body = json.dumps(record)
    service = arn.split(":")[2]
    action = _DELIVERING.get(service)
    if action and not service_access.role_allows(role, action, arn):
        service_access.report(service_access.refusal(role, action, arn))
        return
    if service == "sqs":
        queues.send(arn, body, {})
    elif service == "sns":
        sns.publish_internal(arn, body, "Lambda destination")
    elif service == "lambda":
        found, config, _ = lambda_svc._get_func_record_for_ref(arn)
        if found is not None:
            invoke(lambda_svc._execution_record_for_config(found, config), record)
    elif service == "events":
        succeeded = record["requestContext"]["condition"] == "Success"
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {'Success' if succeeded else 'Failure'}",
            "Resources": [arn, record["requestContext"]["functionArn"]],
            "Detail": body,
            "EventBusName": arn,
        }
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    else:
        _log.warning("Lambda destination %s in account %s is not known.", arn, responses.get_account_id())
