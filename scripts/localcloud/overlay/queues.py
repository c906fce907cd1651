"""Sends messages to an emulated SQS queue from inside the emulator."""

from __future__ import annotations

import hashlib
import time
import uuid

from ministack.core import concurrency, responses
from ministack.services import sqs

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect


def install(cloud: CloudContext) -> None:
    """Checks the parts that are used; changes nothing."""
    expect(sqs, "_queue_by_arn")
    expect(sqs, "queue_delay")
    expect(sqs, "_ensure_msg_fields")
    expect(concurrency, "esm_wake")


def send(arn: str, body: str, attributes: dict[str, str]) -> bool:
    """Sends one message to a queue; False when there is no such queue.

    Args:
        arn: the queue.
        body: the message.
        attributes: string attributes by name.
    """
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        return False
    now = time.time()
    message = {
        "id": str(uuid.uuid4()),
        "body": body,
        "md5_body": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "receipt_handle": None,
        "sent_at": now,
        "visible_at": now + sqs.queue_delay(queue),
        "receive_count": 0,
        "attributes": {},
        "message_attributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
        "sys": {"SenderId": responses.get_account_id(), "SentTimestamp": str(int(now * 1000))},
    }
    queue["messages"].append(message)
    sqs._ensure_msg_fields(message)
    concurrency.esm_wake.set()
    return True
