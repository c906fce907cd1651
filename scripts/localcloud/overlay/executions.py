"""Ends executions in time: time limits, StopExecution, and AWS's limits on payloads.

The stock emulator knows no time limit of a state machine, ignores limits given by a path or an expression, goes on
inside a Map after StopExecution, passes states any amount of data, ignores the Output of a JSONata Succeed, and
refuses the repetition of a StartExecution whose answer was lost.
"""

from __future__ import annotations

import contextvars
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from ministack.core import responses
from ministack.services import stepfunctions

from localcloud.overlay import metrics
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, wrap

# Input or output of a state may hold so many bytes (Step Functions service quota).
MAX_PAYLOAD_BYTES = 256 * 1024
_RUNNING = "RUNNING"


class ExecutionEnded(SystemExit):
    """The execution is over: no Retry or Catch may see this, and its thread just ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The position of the present thread in an execution: its record and its state's deadline."""

    execution: dict[str, Any]
    deadline: float | None = None


_place: contextvars.ContextVar[_Place | None] = contextvars.ContextVar("execution_place", default=None)


def install(cloud: CloudContext) -> None:
    """Applies limits to executions."""
    expect(stepfunctions, "_add_event", params="execution,event_type,details")
    expect(stepfunctions, "_jsonata_state_field", params="state_def,field,expected,raw_input,ctx")
    expect(stepfunctions, "_resolve_path_or_ctx", params="path,data,ctx")
    expect(stepfunctions, "_state_query_language", params="state_def,ctx")
    wrap(
        stepfunctions, "_start_execution", _once_by_name, params="data", contains=("ExecutionAlreadyExists",)
    )
    wrap(stepfunctions, "_run_execution", _watched, params="exec_arn", contains=('"RUNNING"',))
    wrap(stepfunctions, "_fail_execution", _keep_end, params="execution,error,cause")
    wrap(stepfunctions, "_invoke_resource_with_timeout", _with_deadline, params="resource,input_data,timeout")
    wrap(stepfunctions, "_execute_task", _limited, params="state_def,raw_input,execution,ctx")
    for name in ("_execute_map", "_execute_parallel"):
        wrap(stepfunctions, name, _only_while_running, params="state_def,raw_input,execution,ctx")
    for name in ("_execute_pass", "_execute_choice", "_execute_wait"):
        wrap(stepfunctions, name, _only_while_running, params="state_def,raw_input,ctx")
    expect(
        stepfunctions, "_apply_jsonata_output", params="state_def,raw_input,ctx,result,error_output,default"
    )
    wrap(stepfunctions, "_apply_output_path", _with_succeed_output, params="state_def,data,ctx")
    wrap(stepfunctions, "_scaled_sleep", _interruptible, params="seconds")
    wrap(stepfunctions, "_emit_execution_status_event", _counted, params="execution")


def role() -> str | None:
    """The role of the state machine whose execution the present thread runs, if any."""
    found = stepfunctions._state_machines.get(machine())
    return None if found is None else str(found["roleArn"])


def machine() -> str | None:
    """The ARN of the state machine whose execution the present thread runs, if any."""
    place = _place.get()
    # A child of a distributed Map belongs to "name/label".
    return None if place is None else str(place.execution["stateMachineArn"]).split("/")[0]


def must_stop() -> str | None:
    """The reason to stop the present thread's task, if any."""
    place = _place.get()
    if place is None:
        return None
    if place.execution["status"] != _RUNNING:
        return f"The execution is {place.execution['status']}."
    if place.deadline is not None and time.monotonic() >= place.deadline:
        return "The time limit of the state is over."
    return None


def leave(reason: str) -> NoReturn:
    """Leaves a state that must stop: the whole execution, or with States.Timeout just this state."""
    place = _place.get()
    if place is not None and place.execution["status"] == _RUNNING:
        raise stepfunctions._ExecutionError("States.Timeout", reason)
    raise ExecutionEnded


def _once_by_name(start: Callable[..., Any]) -> Callable[..., Any]:
    def start_execution(data: dict[str, Any]) -> Any:
        machine = stepfunctions._resolve_state_machine_arn(data.get("stateMachineArn", ""))
        if data.get("name") and machine is not None:
            arn = f"{machine.replace(':stateMachine:', ':execution:')}:{data['name']}"
            running = stepfunctions._executions.get(arn)
            # The same request again, while the execution runs, is answered as the first was.
            if running and running["status"] == _RUNNING and running["input"] == data.get("input", "{}"):
                return responses.json_response({"executionArn": arn, "startDate": running["startDate"]})
        return start(data)

    return start_execution


def _watched(run: Callable[[str], None]) -> Callable[[str], None]:
    def run_execution(exec_arn: str) -> None:
        execution = stepfunctions._executions.get(exec_arn)
        machine = stepfunctions._state_machines.get((execution or {}).get("stateMachineArn"))
        if execution is None or machine is None:
            run(exec_arn)
            return
        _place.set(_Place(execution=execution))
        timer = None
        if limit := json.loads(machine["definition"]).get("TimeoutSeconds"):
            scope = contextvars.copy_context()
            timer = threading.Timer(float(limit), scope.run, args=(_time_out, execution))
            timer.daemon = True
            timer.start()
        try:
            run(exec_arn)
        finally:
            if timer is not None:
                timer.cancel()

    return run_execution


def _time_out(execution: dict[str, Any]) -> None:
    if execution["status"] != _RUNNING:
        return
    execution["status"] = "TIMED_OUT"
    execution["stopDate"] = stepfunctions.now_iso()
    stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    stepfunctions._emit_execution_status_event(execution)


def _limited(execute: Callable[..., Any]) -> Callable[..., Any]:
    def execute_task(
        state_def: dict[str, Any], raw_input: Any, execution: dict[str, Any], ctx: dict[str, Any]
    ) -> Any:
        _require_running(execution)
        output, following = execute(
            _with_literal_timeout(state_def, raw_input, ctx), raw_input, execution, ctx
        )
        _require_small(output)
        return output, following

    return execute_task


def _with_deadline(invoke: Callable[..., Any]) -> Callable[..., Any]:
    def invoke_with_deadline(resource: str, input_data: Any, timeout: float) -> Any:
        place = _place.get()
        if place is None:
            return invoke(resource, input_data, timeout)
        # Every attempt has the whole time.
        token = _place.set(replace(place, deadline=time.monotonic() + float(timeout)))
        try:
            return invoke(resource, input_data, float(timeout))
        finally:
            _place.reset(token)

    return invoke_with_deadline


def _keep_end(fail: Callable[..., None]) -> Callable[..., None]:
    def fail_running(execution: dict[str, Any], error: str, cause: str) -> None:
        # What goes wrong after an execution was stopped or timed out does not change how it ended.
        if execution["status"] == _RUNNING:
            fail(execution, error, cause)

    return fail_running


def _with_literal_timeout(state_def: dict[str, Any], raw_input: Any, ctx: dict[str, Any]) -> dict[str, Any]:
    if (path := state_def.get("TimeoutSecondsPath")) is not None:
        seconds = stepfunctions._resolve_path_or_ctx(path, raw_input, ctx)
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds <= 0:
            raise stepfunctions._ExecutionError(
                "States.Runtime",
                f"TimeoutSecondsPath {path} selects {json.dumps(seconds)}, not a positive number.",
            )
        return {**state_def, "TimeoutSeconds": seconds}
    given = state_def.get("TimeoutSeconds")
    if isinstance(given, str) and stepfunctions._state_query_language(state_def, ctx) == "JSONata":
        seconds = stepfunctions._jsonata_state_field(state_def, "TimeoutSeconds", "number", raw_input, ctx)
        return {**state_def, "TimeoutSeconds": seconds}
    return state_def


def _require_small(output: Any) -> None:
    size = len(json.dumps(output, ensure_ascii=False).encode())
    if size > MAX_PAYLOAD_BYTES:
        raise stepfunctions._ExecutionError(
            "States.DataLimitExceeded",
            f"The state returned a result of {size} bytes, more than the {MAX_PAYLOAD_BYTES} that a state may pass on.",
        )


def _require_running(execution: dict[str, Any]) -> None:
    place = _place.get() or _Place(execution=execution)
    if place.execution["status"] != _RUNNING:
        raise ExecutionEnded


def _only_while_running(execute: Callable[..., Any]) -> Callable[..., Any]:
    def execute_state(state_def: dict[str, Any], raw_input: Any, *rest: Any) -> Any:
        place = _place.get()
        if place is not None and place.execution["status"] != _RUNNING:
            raise ExecutionEnded
        return execute(state_def, raw_input, *rest)

    return execute_state


def _with_succeed_output(apply: Callable[..., Any]) -> Callable[..., Any]:
    def apply_output(state_def: dict[str, Any], data: Any, ctx: dict[str, Any] | None = None) -> Any:
        succeeds = state_def.get("Type") == "Succeed" and "Output" in state_def
        if succeeds and stepfunctions._state_query_language(state_def, ctx) == "JSONata":
            return stepfunctions._apply_jsonata_output(state_def, data, ctx, default=data)
        return apply(state_def, data, ctx)

    return apply_output


def _interruptible(sleep: Callable[[float], None]) -> Callable[[float], None]:
    def sleep_while_running(seconds: float) -> None:
        place = _place.get()
        if place is None:
            sleep(seconds)
            return
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if place.execution["status"] != _RUNNING:
                raise ExecutionEnded
            time.sleep(min(left, 0.2))

    return sleep_while_running


def _counted(emit: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    names = {
        _RUNNING: "ExecutionsStarted",
        "SUCCEEDED": "ExecutionsSucceeded",
        "FAILED": "ExecutionsFailed",
        "TIMED_OUT": "ExecutionsTimedOut",
        "ABORTED": "ExecutionsAborted",
    }

    def emit_and_count(execution: dict[str, Any]) -> None:
        emit(execution)
        dimensions = {"StateMachineArn": execution["stateMachineArn"]}
        metrics.record("AWS/States", names[execution["status"]], 1, "Count", dimensions)

    return emit_and_count
