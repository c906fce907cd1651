"""Log subscriptions to Firehose: gathers matching events briefly, and delivers them.

The stock emulator stores such subscriptions without delivering anything.
"""

from __future__ import annotations

import gzip
import json
import logging
import queue
import threading
import time
import uuid
from dataclasses import dataclass
from typing import Any

from ministack.core import responses

from localcloud.overlay import firehose, log_patterns, service_access
from localcloud.overlay.context import CloudContext

# Events of one stream that arrive within this time travel in one message.
_GATHER_SECONDS = 0.1
# CloudWatch Logs keeps a message to a subscription under 1 MB before compression.
_MESSAGE_EVENTS = 1000
_PUTTING = ("firehose:PutRecordBatch", "firehose:PutRecord")
_log = logging.getLogger("localcloud.subscriptions")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matched:
    """Events of one stream for one subscription."""

    account: str
    region: str
    group: str
    stream: str
    filter_name: str
    destination: str
    events: list[dict[str, Any]]


_arrived: queue.SimpleQueue[_Matched] = queue.SimpleQueue()


def install(cloud: CloudContext) -> None:
    """Starts the thread that delivers."""
    threading.Thread(target=_deliver_forever, daemon=True, name="log-subscriptions").start()


def publish(group: str, stream: str, filters: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """Queues the matching events for each Firehose subscription of a log group."""
    for subscription in filters.values():
        destination = subscription.get("destinationArn", "")
        if ":deliverystream/" not in destination or not _permitted(subscription, destination):
            continue
        pattern = subscription.get("filterPattern", "")
        matched = [event for event in events if log_patterns.matches(pattern, event.get("message"))]
        if matched:
            _arrived.put(
                _Matched(
                    account=responses.get_account_id(),
                    region=responses.get_region(),
                    group=group,
                    stream=stream,
                    filter_name=subscription.get("filterName", ""),
                    destination=destination,
                    events=matched,
                )
            )


def _permitted(subscription: dict[str, Any], destination: str) -> bool:
    role = subscription.get("roleArn") or ""
    if any(service_access.role_allows(role, action, destination) for action in _PUTTING):
        return True
    service_access.report(service_access.refusal(role, _PUTTING[0], destination))
    return False


def flush() -> None:
    """Delivers all queued events now."""
    gathered = []
    while not _arrived.empty():
        gathered.append(_arrived.get())
    _deliver(gathered)


def _deliver_forever() -> None:
    while True:
        first = _arrived.get()
        time.sleep(_GATHER_SECONDS)
        gathered = [first]
        while not _arrived.empty():
            gathered.append(_arrived.get())
        try:
            _deliver(gathered)
        except Exception:  # noqa: BLE001 (what comes next must be delivered)
            _log.exception("Log events could not be delivered.")


def _deliver(gathered: list[_Matched]) -> None:
    together: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for part in gathered:
        place = (part.account, part.region, part.destination, part.group, part.stream, part.filter_name)
        together.setdefault(place, []).extend(part.events)
    for (account, region, destination, group, stream, name), events in together.items():
        with responses.request_scope(account, region):
            for start in range(0, len(events), _MESSAGE_EVENTS):
                message = _message(account, group, stream, name, events[start : start + _MESSAGE_EVENTS])
                firehose.accept(destination.rsplit("/", 1)[-1], gzip.compress(message, compresslevel=1))


def _message(account: str, group: str, stream: str, filter_name: str, events: list[dict[str, Any]]) -> bytes:
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": account,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": [filter_name],
        "logEvents": [
            {"id": uuid.uuid4().hex, "timestamp": event.get("timestamp"), "message": event["message"]}
            for event in events
        ],
    }
    return json.dumps(document).encode()
