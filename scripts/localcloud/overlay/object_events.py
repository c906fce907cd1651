"""Adds the object's version to events of versioned S3 buckets, as AWS does.

The stock emulator leaves it out on the event bus: who is told late reads the newest object, and two objects that were
written under one key are taken for one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import eventbridge, s3

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import wrap

_version: ContextVar[str | None] = ContextVar("version", default=None)


def install(cloud: CloudContext) -> None:
    """Adds the version to what S3 sends to the event bus."""
    wrap(
        s3,
        "_fire_s3_event",
        _remembering,
        contains=("_eb._dispatch_event(eb_event)", "version_id: str | None"),
    )
    wrap(eventbridge, "_dispatch_event", _with_version, params="event,view")


def _remembering(fire: Callable[..., None]) -> Callable[..., None]:
    def fire_of_version(*args: Any, version_id: str | None = None, **more: Any) -> None:
        token = _version.set(version_id)
        try:
            fire(*args, version_id=version_id, **more)
        finally:
            _version.reset(token)

    return fire_of_version


def _with_version(dispatch: Callable[..., Any]) -> Callable[..., Any]:
    def dispatch_of_version(event: dict[str, Any], view: Any = None) -> Any:
        version = _version.get()
        if version is not None and event.get("Source") == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version
            event = {**event, "Detail": json.dumps(detail)}
        return dispatch(event, view)

    return dispatch_of_version
