"""Firehose buffers: one S3 object per flush, by size or by interval.

The stock emulator writes one object per record. Locally the interval is cut to a second, so that nobody waits.
"""

from __future__ import annotations

import base64
import logging
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from ministack.core import responses
from ministack.services import firehose as service

from localcloud.overlay import service_access
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace

MAX_INTERVAL_SECONDS = 1.0
_EXPRESSION = re.compile(r"!\{[^}]*\}")
_MAX_RECORD_BYTES = 1000 * 1024
_log = logging.getLogger("localcloud.firehose")


@dataclass(slots=True)
class _Buffer:
    """Records that wait for one destination."""

    opened: float
    records: list[tuple[str, bytes]] = field(default_factory=list)
    size: int = 0


_buffers: dict[tuple[str, str, str, int], _Buffer] = {}
_lock = threading.Lock()
_wake = threading.Event()


def install(cloud: CloudContext) -> None:
    """Buffers records for S3."""
    expect(service, "_apply_lambda_processors", params="stream,dest,records,metadata_sink,partition_sink")
    expect(service, "_deliver_to_s3", params="stream,dest,record_data,lambda_keys")
    expect(service, "_record_id", params="")
    replace(service, "_put_record", _put_record, params="data", contains=('dest["records"].append',))
    replace(
        service, "_put_record_batch", _put_record_batch, params="data", contains=('dest["records"].append',)
    )
    threading.Thread(target=_flush_forever, daemon=True, name="firehose").start()


def accept(stream_name: str, data: bytes) -> bool:
    """Accepts one record for a delivery stream; False when there is no such stream."""
    stream = service._streams.get(stream_name)
    if stream is None or stream["status"] != "ACTIVE":
        return False
    for index, destination in enumerate(stream["destinations"]):
        if destination["type"] in ("ExtendedS3", "S3"):
            _buffer(stream_name, index, destination, data)
        elif destination["type"] == "Iceberg":
            service._deliver_to_iceberg(stream, destination, [(service._record_id(), data)])
    return True


def flush() -> None:
    """Delivers all waiting records."""
    _flush_due(time.monotonic() + MAX_INTERVAL_SECONDS)


def _buffer(stream_name: str, index: int, destination: dict[str, Any], data: bytes) -> None:
    place = (responses.get_account_id(), responses.get_region(), stream_name, index)
    hints = destination["config"].get("BufferingHints") or {}
    with _lock:
        buffer = _buffers.setdefault(place, _Buffer(opened=time.monotonic()))
        buffer.records.append((service._record_id(), data))
        buffer.size += len(data)
        full = buffer.size >= int(hints.get("SizeInMBs", 5)) * 1024 * 1024
        if full:
            buffer.opened = float("-inf")
    _wake.set()


def _flush_forever() -> None:
    while True:
        _wake.wait()
        time.sleep(0.05)
        try:
            _flush_due(time.monotonic())
        except Exception:  # noqa: BLE001 (the next flush must come)
            _log.exception("A Firehose buffer could not be delivered.")


def _interval(stream_name: str, index: int) -> float:
    stream = service._streams.get(stream_name)
    if stream is None or index >= len(stream["destinations"]):
        return 0.0
    hints = stream["destinations"][index]["config"].get("BufferingHints") or {}
    return min(float(hints.get("IntervalInSeconds", 300)), MAX_INTERVAL_SECONDS)


def _flush_due(now: float) -> None:
    due = []
    with _lock:
        for place in list(_buffers):
            with responses.request_scope(place[0], place[1]):
                if now - _buffers[place].opened >= _interval(place[2], place[3]):
                    due.append((place, _buffers.pop(place)))
        if not _buffers:
            _wake.clear()
    for (account, region, stream_name, index), buffer in due:
        with responses.request_scope(account, region):
            _deliver(stream_name, index, buffer)


def _deliver(stream_name: str, index: int, buffer: _Buffer) -> None:
    stream = service._streams.get(stream_name)
    if stream is None or index >= len(stream["destinations"]):
        return
    destination = stream["destinations"][index]
    config = destination["config"]
    if not _may_put(config):
        # On AWS the records would be tried again for a day; either way they are not in the bucket.
        return
    dynamic = (config.get("DynamicPartitioningConfiguration") or {}).get("Enabled")
    keys: dict[str, Any] = {}
    records = service._apply_lambda_processors(stream, destination, buffer.records, partition_sink=keys)
    if dynamic or config.get("DataFormatConversionConfiguration"):
        for record_id, data in records:
            service._deliver_to_s3(stream, destination, data, keys.get(record_id))
    elif records:
        service._deliver_to_s3(stream, destination, b"".join(data for _, data in records), None)


def _may_put(config: dict[str, Any]) -> bool:
    role = config.get("RoleARN") or ""
    # Expressions in a prefix stand for characters that a policy can only match with a wildcard.
    prefix = _EXPRESSION.sub("x", config.get("Prefix") or "")
    arn = f"{config.get('BucketARN')}/{prefix}object"
    if service_access.role_allows(role, "s3:PutObject", arn):
        return True
    service_access.report(service_access.refusal(role, "s3:PutObject", arn))
    return False


def _put_record(data: dict[str, Any]) -> Any:
    answer = _accept_one(data.get("DeliveryStreamName", ""), data.get("Record", {}))
    if isinstance(answer, tuple):
        return answer
    return responses.json_response({"RecordId": answer, "Encrypted": False})


def _put_record_batch(data: dict[str, Any]) -> Any:
    records = data.get("Records", [])
    if not 1 <= len(records) <= 500:
        return service._invalid("A batch holds 1 to 500 records.")
    answers = []
    for record in records:
        answer = _accept_one(data.get("DeliveryStreamName", ""), record)
        if isinstance(answer, tuple):
            return answer
        answers.append({"RecordId": answer})
    return responses.json_response({"FailedPutCount": 0, "Encrypted": False, "RequestResponses": answers})


def _accept_one(stream_name: str, record: dict[str, Any]) -> Any:
    """The id of an accepted record, or the error response."""
    try:
        data = base64.b64decode(record.get("Data", ""), validate=True)
    except ValueError:
        return service._invalid("Record.Data must be valid base64.")
    if len(data) > _MAX_RECORD_BYTES:
        return service._invalid("Record size exceeds 1,000 KiB limit.")
    if not accept(stream_name, data):
        return service._not_found(stream_name)
    return str(uuid.uuid4())
