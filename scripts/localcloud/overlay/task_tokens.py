"""Ends waits for a token by the rights to their state machine, and where their function failed.

The stock emulator asks for the right to end any wait, where AWS asks for the right to those of one state machine, and
waits for a token though the function that was to be given it has failed.
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions

from localcloud.overlay import executions
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, wrap
from localcloud.overlay.resource_arns import wrap_resource_arns

_OPERATIONS = ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat")
_machines: dict[str, str] = {}
_waiting: contextvars.ContextVar[str | None] = contextvars.ContextVar("waiting_token", default=None)


def install(cloud: CloudContext) -> None:
    """Remembers whose wait a token ends."""
    expect(stepfunctions, "_task_tokens")
    expect(stepfunctions, "_ExecutionError", params="error,cause")
    wrap(stepfunctions, "_invoke_with_callback", _remembered, params="resource,input_data,token,state_def")
    wrap(stepfunctions, "_call_lambda", _failing_its_wait, params="func_ref,event")
    wrap_resource_arns(_of_machine)


def _remembered(invoke: Callable[..., Any]) -> Callable[..., Any]:
    def invoke_remembered(resource: str, input_data: Any, token: str, state_def: dict[str, Any]) -> Any:
        machine, waiting = executions.machine(), _waiting.set(token)
        if machine is not None:
            _machines[token] = machine
        try:
            return invoke(resource, input_data, token, state_def)
        finally:
            _waiting.reset(waiting)
            _machines.pop(token, None)

    return invoke_remembered


def _failing_its_wait(call: Callable[..., Any]) -> Callable[..., Any]:
    def call_function(func_ref: str, event: Any) -> Any:
        try:
            return call(func_ref, event)
        except stepfunctions._ExecutionError as error:
            wait = stepfunctions._task_tokens.get(_waiting.get())
            if wait is not None and not wait["event"].is_set():
                wait["error"] = {"Error": error.error, "Cause": error.cause}
                wait["event"].set()
            raise

    return call_function


def _of_machine(extract: Callable[..., str]) -> Callable[..., str]:
    def extract_machine(  # noqa: PLR0913, PLR0917 (the emulator's signature)
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, Any],
        region: str,
        account_id: str,
    ) -> str:
        arn = extract(service, method, path, headers, body, query_params, region, account_id)
        if service != "states" or not _ends_wait(headers):
            return arn
        return _machines.get(_token(body), arn)

    return extract_machine


def _ends_wait(headers: dict[str, str]) -> bool:
    return str(headers.get("x-amz-target", "")).endswith(_OPERATIONS)


def _token(body: bytes) -> str:
    try:
        return str(json.loads(body).get("taskToken"))
    except (ValueError, AttributeError):
        return ""
