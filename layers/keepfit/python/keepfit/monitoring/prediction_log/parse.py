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

REQUEST_SCHEMA = 3
Input = Value | list[float]
"""What a client sent of a column; a list is a vector."""
_GZIP = 16 + zlib.MAX_WBITS


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """One answered instance: what was asked, when it happens, and the columns of what which version said.

    ``answer`` is all that the model gave, a number or several; ``outputs`` is what is watched of it.
    """

    prediction_id: str
    version: int
    at: datetime
    event_time: datetime
    inputs: dict[str, Input]
    outputs: dict[str, Value]
    answer: list[float] = []


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


class _Sent(msgspec.Struct, frozen=True):
    instances: list[dict[str, Input]]


class _RequestLine(msgspec.Struct, frozen=True, tag_field="schema", tag=REQUEST_SCHEMA):
    """The rows of one request, as they were sent; ``event_time`` names a field of them."""

    kind: Literal["prediction"]
    task: str
    model: str
    version: int
    at: str
    event_time: str | None
    prediction_ids: list[str]
    outputs: list[float | list[float]]
    predictions: list[Value]
    request: _Sent


class _RowLine(msgspec.Struct, frozen=True, tag_field="schema", tag=2):
    """One row."""

    kind: Literal["prediction"]
    task: str
    model: str
    version: int
    prediction_id: str
    at: str
    event_time: str
    inputs: dict[str, Input]
    outputs: float | list[float] | None = None
    prediction: Value = None


class _FirstLine(msgspec.Struct, frozen=True):
    """One row, as it was logged before there were several tasks: no schema is named."""

    kind: Literal["prediction"]
    model: str
    version: int
    prediction_id: str
    at: str
    event_time: str
    inputs: dict[str, Input]
    probability: float


class _Schema(msgspec.Struct, frozen=True):
    schema: int | None = None


_documents = msgspec.json.Decoder(_Document)
_lines = msgspec.json.Decoder(_RequestLine | _RowLine)
_first_lines = msgspec.json.Decoder(_FirstLine)
_schemas = msgspec.json.Decoder(_Schema)


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
                predictions += _predictions(message, model)
            except (msgspec.MsgspecError, InvalidModel, TypeError, ValueError, OverflowError) as error:
                broken.append(f"line: {error}")
    return Reading(predictions=predictions, broken=broken)


def documents(body: bytes) -> Iterator[bytes | str]:
    """The documents in ``body``, see ``read_log_object``.

    Raises:
        ValueError: a part of it cannot be read.
    """
    broken: list[str] = []
    for text in _members(body, broken):
        yield from _split(text, broken)
    if broken:
        raise ValueError("; ".join(broken))


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


def _predictions(message: str, model: str) -> list[Prediction]:
    line = _line(message)
    if line.model != model:
        raise ValueError(f"a prediction of {line.model!r} in the log of {model!r}")
    if isinstance(line, _RequestLine):
        return _of_request(line)
    watch = task_type(BINARY.kind if isinstance(line, _FirstLine) else line.task).watch
    return [
        Prediction(
            prediction_id=line.prediction_id,
            version=line.version,
            at=from_iso(line.at),
            event_time=from_iso(line.event_time),
            inputs=line.inputs,
            outputs=watch(line.probability, None)
            if isinstance(line, _FirstLine)
            else watch(line.outputs, line.prediction),
            answer=_answer(line.probability if isinstance(line, _FirstLine) else line.outputs),
        )
    ]


def _line(message: str) -> _RequestLine | _RowLine | _FirstLine:
    try:
        line: _RequestLine | _RowLine = _lines.decode(message)
    except msgspec.ValidationError:
        schema = _schemas.decode(message).schema
        if schema is None:
            return _first_lines.decode(message)
        if schema > REQUEST_SCHEMA:
            raise ValueError(
                f"schema {schema} is newer than {REQUEST_SCHEMA}: deploy the newer release"
            ) from None
        raise
    return line


def _of_request(line: _RequestLine) -> list[Prediction]:
    watch, at = task_type(line.task).watch, from_iso(line.at)
    rows = zip(line.prediction_ids, line.request.instances, line.outputs, line.predictions, strict=True)
    return [
        Prediction(
            prediction_id=prediction_id,
            version=line.version,
            at=at,
            event_time=_event_time(inputs, line.event_time) or at,
            inputs=inputs,
            outputs=watch(output, prediction),
            answer=_answer(output),
        )
        for prediction_id, inputs, output, prediction in rows
    ]


def _answer(output: float | list[float] | None) -> list[float]:
    return output if isinstance(output, list) else [] if output is None else [output]


def _event_time(inputs: dict[str, Input], name: str | None) -> datetime | None:
    sent = inputs.get(name) if name is not None else None
    return from_iso(sent) if isinstance(sent, str) else None
