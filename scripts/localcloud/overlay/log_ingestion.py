"""Ingests log events: stores them, extracts metrics, and forwards them to subscriptions.

The stock emulator takes no metrics out of embedded metric format lines and delivers to Lambda subscriptions only.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from ministack.services import cloudwatch_logs

from localcloud.overlay import alarms, metrics, subscriptions
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, wrap

# Of one stream, so many events are kept; AWS keeps all, a laptop's memory should not.
_MAX_EVENTS = 50_000
_DROPPED_PER_TRIM = 5_000


def install(cloud: CloudContext) -> None:
    """Extracts metrics from, and forwards, every ingested event."""
    expect(cloudwatch_logs, "_append_log_events", params="stream,events", contains=("heapq.merge",))
    expect(cloudwatch_logs, "_make_group_arn", params="name")
    wrap(cloudwatch_logs, "_fanout_to_subscription_filters", _ingest, params="group_name,stream_name,events")
    wrap(cloudwatch_logs, "_append_log_events", _bounded)


def events_of(text: str) -> list[str]:
    """The log events in a function's output: one per line; carriage returns join lines."""
    return [line.replace("\r", "\n") for line in text.split("\n") if line]


def append(group_name: str, stream_name: str, messages: list[str]) -> None:
    """Writes messages to a log stream now, creating the group and the stream as needed."""
    now = int(time.time() * 1000)
    stream = _stream(group_name, stream_name, now)
    events = [{"timestamp": now, "message": message, "ingestionTime": now} for message in messages]
    cloudwatch_logs._append_log_events(stream, events)
    cloudwatch_logs._fanout_to_subscription_filters(group_name, stream_name, events)


def _stream(group_name: str, stream_name: str, now: int) -> dict[str, Any]:
    groups = cloudwatch_logs._log_groups
    group = groups.get(group_name)
    if group is None:
        group = groups[group_name] = {
            "arn": cloudwatch_logs._make_group_arn(group_name),
            "creationTime": now,
            "retentionInDays": None,
            "tags": {},
            "subscriptionFilters": {},
            "streams": {},
        }
    stream: dict[str, Any] | None = group["streams"].get(stream_name)
    if stream is None:
        stream = group["streams"][stream_name] = {
            "events": [],
            "uploadSequenceToken": "1",
            "creationTime": now,
            "firstEventTimestamp": None,
            "lastEventTimestamp": None,
            "lastIngestionTime": None,
        }
    return stream


def _bounded(append_events: Callable[..., None]) -> Callable[..., None]:
    def append_bounded(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
        append_events(stream, events)
        if len(stream["events"]) > _MAX_EVENTS + _DROPPED_PER_TRIM:
            with cloudwatch_logs._log_events_lock:
                del stream["events"][:_DROPPED_PER_TRIM]

    return append_bounded


def _ingest(to_functions: Callable[..., None]) -> Callable[..., None]:
    def ingest(group_name: str, stream_name: str, events: list[dict[str, Any]]) -> None:
        namespaces = set()
        for event in events:
            message = event.get("message", "")
            if '"_aws"' in message and message.startswith("{"):
                for namespace, name, value, unit, dimensions in embedded_metrics(message):
                    metrics.record(namespace, name, value, unit, dimensions)
                    namespaces.add(namespace)
        if namespaces:
            alarms.evaluate_namespaces(namespaces)
        group = cloudwatch_logs._log_groups.get(group_name) or {}
        if group.get("subscriptionFilters"):
            subscriptions.publish(group_name, stream_name, group["subscriptionFilters"], events)
            to_functions(group_name, stream_name, events)

    return ingest


def embedded_metrics(message: str) -> Iterator[tuple[str, str, float, str, dict[str, str]]]:
    """The metrics in one line of embedded metric format: namespace, name, value, unit, dimensions.

    A line that is not valid carries none, as on AWS.
    """
    try:
        document = json.loads(message)
        directives = document["_aws"]["CloudWatchMetrics"]
    except (ValueError, KeyError, TypeError):
        return
    for directive in directives:
        for names in directive.get("Dimensions") or [[]]:
            if any(name not in document for name in names):
                continue
            dimensions = {name: str(document[name]) for name in names}
            for metric in directive.get("Metrics", []):
                found = document.get(metric["Name"])
                for value in found if isinstance(found, list) else [found]:
                    if isinstance(value, int | float):
                        yield (
                            directive["Namespace"],
                            metric["Name"],
                            value,
                            metric.get("Unit", "None"),
                            dimensions,
                        )
