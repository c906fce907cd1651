"""Leaves instances out of an object of the prediction log; every other line stays as it was written."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from keepfit.monitoring.prediction_log.parse import REQUEST_SCHEMA, documents

# Whether an instance, by what a client sent of its columns, is to be left out.
Goes = Callable[[Mapping[str, Any]], bool]
# What a request's line says of each of its instances, in one order.
_OF_EACH = ("prediction_ids", "outputs", "predictions")


class Left(NamedTuple):
    """An object without some instances, and how many these are."""

    body: bytes
    instances: int


def leave_out(body: bytes, goes: Goes) -> Left:
    """The log object ``body`` without the instances that ``goes`` says.

    A line that is none of a prediction stays as it is.

    Args:
        body: see ``parse.read_log_object``.
        goes: is asked for each instance.

    Raises:
        ValueError: a part of it is no log document; nothing can be said of it.
    """
    written, gone = [], 0
    for document in documents(body):
        changed = json.loads(document)
        for event in changed.get("logEvents", ()):
            lines = [_line(line, goes) for line in event["message"].split("\n")]
            gone += sum(line.instances for line in lines)
            event["message"] = "\n".join(line.text for line in lines if line.text is not None)
        changed["logEvents"] = [event for event in changed.get("logEvents", ()) if event["message"]]
        written.append(json.dumps(changed, ensure_ascii=False).encode())
    return Left(gzip.compress(b"\n".join(written)), gone)


class _Line(NamedTuple):
    text: str | None
    instances: int


def _line(line: str, goes: Goes) -> _Line:
    """A line without instances; None where none of them is left."""
    try:
        said = json.loads(line)
    except ValueError:
        return _Line(line, 0)
    if not isinstance(said, dict) or said.get("kind") != "prediction":
        return _Line(line, 0)
    if said.get("schema") != REQUEST_SCHEMA:
        inputs = said.get("inputs")
        return _Line(None, 1) if isinstance(inputs, dict) and goes(inputs) else _Line(line, 0)
    instances = said["request"]["instances"]
    kept = [number for number, instance in enumerate(instances) if not goes(instance)]
    gone = len(instances) - len(kept)
    if not gone or not kept:
        return _Line(None if gone else line, gone)
    for name in _OF_EACH:
        said[name] = [said[name][number] for number in kept]
    said["request"] = {**said["request"], "instances": [instances[number] for number in kept]}
    return _Line(json.dumps(said, ensure_ascii=False), gone)
