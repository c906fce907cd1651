"""Logs the events of state machines to their log group, which the stock emulator leaves empty."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Container
from typing import Any

from ministack.services import cloudwatch_logs, stepfunctions

from localcloud.overlay import log_ingestion
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, wrap

_FATAL = frozenset({"ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"})


class _Everything:
    def __contains__(self, event_type: object) -> bool:
        return True


_LEVELS: dict[str, Container[str]] = {
    "ALL": _Everything(),
    "ERROR": _FATAL | {"TaskFailed"},
    "FATAL": _FATAL,
    "OFF": (),
}


def install(cloud: CloudContext) -> None:
    """Logs every event of the machine's log level."""
    expect(stepfunctions, "_pascal_to_camel", params="d")
    wrap(stepfunctions, "_add_event", _logged, params="execution,event_type,details")


def _logged(add: Callable[..., None]) -> Callable[..., None]:
    def add_event(execution: dict[str, Any], event_type: str, details: dict[str, Any] | None = None) -> None:
        add(execution, event_type, details)
        machine = stepfunctions._state_machines.get(execution["stateMachineArn"].split("/")[0]) or {}
        # As a template spells it, or as the API does.
        logging = stepfunctions._pascal_to_camel(machine.get("loggingConfiguration") or {})
        if event_type in _LEVELS[logging.get("level") or "OFF"]:
            for destination in logging.get("destinations") or []:
                group = _group(destination)
                if group is not None:
                    document = _document(execution, with_data=bool(logging.get("includeExecutionData")))
                    minute = f"{dt.datetime.now(dt.UTC):%Y-%m-%d-%H-%M}"
                    stream = f"states/{machine['name']}/{minute}/{execution['name'][:8]}"
                    log_ingestion.append(group, stream, [json.dumps(document)])

    return add_event


def _group(destination: dict[str, Any]) -> str | None:
    arn = (destination.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn", "")
    group: str = arn.partition(":log-group:")[2].removesuffix(":*")
    return group if group in cloudwatch_logs._log_groups else None


def _document(execution: dict[str, Any], *, with_data: bool) -> dict[str, Any]:
    event = execution["events"][-1]
    details: dict[str, Any] = next(
        (value for key, value in event.items() if key.endswith("EventDetails")), {}
    )
    shown = {key: value for key, value in details.items() if with_data or key not in ("input", "output")}
    return {
        "id": str(event["id"]),
        "type": event["type"],
        "details": shown,
        "previous_event_id": str(event.get("previousEventId", event["id"] - 1)),
        "event_timestamp": str(event["timestamp"]),
        "execution_arn": execution["executionArn"],
    }
