"""Prediction logs as CloudWatch and Firehose would have written them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from keepfit.instants import to_iso

EVENT = datetime(2013, 2, 1, tzinfo=UTC)
ANSWERED = datetime(2026, 1, 1, tzinfo=UTC)


def line(number: int, **changes: Any) -> dict[str, Any]:
    """The log line of prediction ``number``: its event happens ``number`` hours after EVENT."""
    return {
        "schema": 2,
        "kind": "prediction",
        "task": "binary",
        "model": "m",
        "version": 1,
        "prediction_id": f"p{number}",
        "at": to_iso(ANSWERED),
        "event_time": to_iso(EVENT + timedelta(hours=number)),
        "inputs": {"distance": float(number), "carrier": "UA"},
        "outputs": 0.25,
        "prediction": False,
        **changes,
    }


def line_of_before(number: int, **changes: Any) -> dict[str, Any]:
    """The same line as it was written while there was one task: a probability, and no schema."""
    written = {
        name: value for name, value in line(number).items() if name not in ("schema", "task", "outputs")
    }
    return {**written, "probability": 0.25, **changes}


def member(messages: Sequence[str], kind: str = "DATA_MESSAGE") -> bytes:
    """One gzip member with one log document."""
    events = [{"id": str(n), "timestamp": 0, "message": message} for n, message in enumerate(messages)]
    return gzip.compress(json.dumps({"messageType": kind, "owner": "1", "logEvents": events}).encode())


def log_object(*lines: dict[str, Any]) -> bytes:
    """A log object with one member per line."""
    return b"".join(member([json.dumps(one)]) for one in lines)
