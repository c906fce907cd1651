"""Parses the prediction log: JSON lines in CloudWatch Logs documents in gzip members."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from keepfit.errors import InvalidModel
from keepfit.instants import from_iso
from keepfit.tasks.base import Value
from keepfit.tasks.registry import task_type
from keepfit.tasks.spec import BINARY

LINE_SCHEMA = 2
Input = Value | list[float]
"""What a client sent of a column; a list is a vector."""
_GZIP = 16 + zlib.MAX_WBITS


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """One answered instance: what was asked, when it happens, and the columns of what which version said."""

    prediction_id: str
    version: int
    at: datetime
    event_time: datetime
    inputs: dict[str, Input]
    outputs: dict[str, Value]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The predictions in a log object, and the reason for each unreadable part."""

    predictions: list[Prediction]
    broken: list[str]


class _Event(msgspec.Struct, frozen=True):
    message: str


class _Document(msgspec.Struct, frozen=True):
    """A document of a log subscription; types other than DATA_MESSAGE are delivery checks."""

    messageType: str  # noqa: N815  the name is CloudWatch's
    logEvents: list[_Event] = []  # noqa: N815


class _Line(msgspec.Struct, frozen=True):
    """A line of the prediction log, of this schema or the former one with a ``probability``."""

    kind: Literal["prediction"]
    model: str
    version: int
    prediction_id: str
    at: str
    event_time: str
    inputs: dict[str, Input]
    schema: int = 1
    task: str = BINARY.kind
    outputs: float | list[float] | None = None
    prediction: Value = None
    probability: float | None = None


_documents = msgspec.json.Decoder(_Document)
_lines = msgspec.json.Decoder(_Line)


def read_log_object(body: bytes, model: str) -> Reading:
    """Parses all readable parts of ``body``, and names the unreadable ones.

    Args:
        body: concatenated gzip members, each with one or more DATA_MESSAGE documents.
        model: whose log this is; a line of another model is broken.
    """
    predictions: list[Prediction] = []
    broken: list[str] = []
    for text in _members(body, broken):
        for message in _messages(text, broken):
            try:
                predictions.append(_prediction(message, model))
            except (msgspec.MsgspecError, InvalidModel, TypeError, ValueError, OverflowError) as error:
                broken.append(f"line: {error}")
    return Reading(predictions=predictions, broken=broken)


def _members(body: bytes, broken: list[str]) -> Iterator[bytes]:
    while body:
        inflater = zlib.decompressobj(_GZIP)
        try:
            text = inflater.decompress(body)
        except zlib.error as error:
            broken.append(f"gzip member: {error}")
            return
        if not inflater.eof:
            broken.append("gzip member: it ends too early")
            return
        yield text
        body = inflater.unused_data


def _messages(text: bytes, broken: list[str]) -> Iterator[str]:
    for document in _split(text, broken):
        try:
            decoded = _documents.decode(document)
        except msgspec.MsgspecError as error:
            broken.append(f"log document: {error}")
            continue
        if decoded.messageType == "DATA_MESSAGE":
            yield from (line for event in decoded.logEvents for line in event.message.split("\n") if line)


def _split(text: bytes, broken: list[str]) -> Iterator[bytes | str]:
    """The JSON documents in ``text``, which follow each other with or without white space."""
    if text.count(b'"messageType"') <= 1:
        yield text
        return
    rest, decoder = text.decode(errors="replace").lstrip(), json.JSONDecoder()
    while rest:
        try:
            _, end = decoder.raw_decode(rest)
        except ValueError as error:
            broken.append(f"log document: {error}")
            return
        yield rest[:end]
        rest = rest[end:].lstrip()


def _prediction(message: str, model: str) -> Prediction:
    line = _lines.decode(message)
    if line.model != model:
        raise ValueError(f"a prediction of {line.model!r} in the log of {model!r}")
    if line.schema > LINE_SCHEMA:
        raise ValueError(f"schema {line.schema} is newer than {LINE_SCHEMA}: deploy the newer release")
    output = line.outputs if line.probability is None else line.probability
    return Prediction(
        prediction_id=line.prediction_id,
        version=line.version,
        at=from_iso(line.at),
        event_time=from_iso(line.event_time),
        inputs=line.inputs,
        outputs=task_type(line.task).watch(output, line.prediction),
    )
