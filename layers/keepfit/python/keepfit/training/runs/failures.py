"""Failures of tasks and runs, parsed from what Step Functions passes to a catcher."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from keepfit import errors

Retry = Literal["later", "no use", "not wanted"]
"""Whether a failed run is tried again: later, not because it would fail again, or not because somebody ended it."""

# Candidates fail for want of memory or capacity too, and the run is told only that none was left.
_MAY_PASS: Final = (errors.NoCandidate,)


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """How a run failed, and whether it is tried again."""

    reason: str
    retry: Retry = "later"


class CandidateFailure(msgspec.Struct, frozen=True, kw_only=True):
    """``failed.json``: the name and the message of an error."""

    error: str
    cause: str


def retry_after(error: str) -> Retry:
    """Whether a run that failed by the error of this name is tried again.

    >>> retry_after("EmptyWindow"), retry_after("States.Timeout"), retry_after("Superseded")
    ('no use', 'later', 'not wanted')
    """
    kind = getattr(errors, error, None)
    if kind is errors.Superseded:
        return "not wanted"
    hopeless = isinstance(kind, type) and issubclass(kind, errors.Terminal) and kind not in _MAY_PASS
    return "no use" if hopeless else "later"


def read_failure(caught: Mapping[str, Any]) -> CandidateFailure:
    """Parses the failure in ``{"Error": ..., "Cause": ...}``.

    Cause is text; that of a Lambda function is JSON with errorMessage, that of a Fargate task the task's description.

    >>> read_failure({"Error": "NoCandidate", "Cause": '{"errorMessage": "none was trained", "stackTrace": []}'})
    CandidateFailure(error='NoCandidate', cause='none was trained')
    """
    cause = str(caught.get("Cause", ""))
    return CandidateFailure(error=str(caught.get("Error", "Unknown")), cause=_said(cause) or cause)


def _said(cause: str) -> str | None:
    try:
        failure = json.loads(cause)
    except ValueError:
        return None
    if not isinstance(failure, dict):
        return None
    if "errorMessage" in failure:
        return str(failure["errorMessage"])
    return _said_of_task(failure) if "Containers" in failure or "StoppedReason" in failure else None


def _said_of_task(task: Mapping[str, Any]) -> str:
    parts = [task.get("StopCode"), task.get("StoppedReason")]
    for container in task.get("Containers") or []:
        parts.append(container.get("Reason"))
        if container.get("ExitCode") is not None:
            parts.append(f"exit code {container['ExitCode']}; its log says why")
    return "; ".join(str(part) for part in parts if part) or "the task stopped and no reason was given"
