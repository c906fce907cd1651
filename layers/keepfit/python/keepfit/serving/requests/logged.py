"""The lines of the prediction log: rows, or requests whose bodies say what was asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

MAX_LINE_LENGTH: Final = 200_000
"""Bytes of one line: CloudWatch Logs parts what is longer than 256 KiB."""
_IDS_AND_DECISION, _NUMBER = 60, 20


def answer_length(output: object) -> int:
    """About how many bytes the answer to a row has in the log; ``output`` is a number or several."""
    return _IDS_AND_DECISION + _NUMBER * (len(output) if isinstance(output, list) else 1)


class LoggedPrediction(msgspec.Struct, frozen=True, gc=False, tag_field="schema", tag=2):
    """One row; ``kind`` is "golden" for golden requests and those of system tests.

    ``outputs`` is what the model gave, a number or several, and ``prediction`` what was decided.
    """

    kind: str
    task: str
    model: str
    version: int
    prediction_id: str
    at: datetime
    event_time: datetime
    inputs: Any
    outputs: Any
    prediction: Any
    # By view, where features were looked up: what was found, how old it was and where it came from.
    features: Any = UNSET
    # Of a graph, which nodes answered; see ``serving.graph.compiled.CompiledGraph.answered_by``.
    nodes: int | UnsetType = UNSET
    # For whom the client asked.
    tenant: str | UnsetType = UNSET


class LoggedRequest(msgspec.Struct, frozen=True, gc=False, tag_field="schema", tag=3):
    """The rows of one request, or some of them; ``request`` holds ``instances`` as they were sent.

    ``event_time`` names the field that says when a row happens; without, or where it is missing, that is ``at``.
    """

    kind: str
    task: str
    model: str
    version: int
    at: datetime
    event_time: str | None
    prediction_ids: list[str]
    outputs: list[Any]
    predictions: list[Any]
    request: msgspec.Raw
    nodes: list[int] | UnsetType = UNSET
    tenant: str | UnsetType = UNSET


def requests_of(body: bytes | str, rows: int, answer_length: int) -> list[tuple[int, bytes]] | None:
    """The instances of a body as JSON objects of one short line each, and how many each holds.

    None where that cannot be told: a brace in a text may hide where an instance ends, or one is far longer than others.

    Args:
        body: a JSON object with ``instances``, objects that hold no objects.
        rows: how many there are.
        answer_length: about how many bytes are logged beside each.
    """
    sent = body.encode() if isinstance(body, str) else body
    if b"\n" in sent or b"\r" in sent:  # white space: texts have them escaped
        sent = sent.replace(b"\n", b" ").replace(b"\r", b" ")
    length = len(sent) + rows * answer_length
    if length <= MAX_LINE_LENGTH:
        return [(rows, sent)]
    instances = sent.split(b"}")
    if len(instances) != rows + 2:  # their ends, and that of the object around them
        return None
    at_once = max(1, rows * MAX_LINE_LENGTH // (2 * length))
    parts: list[tuple[int, bytes]] = []
    for start in range(0, rows, at_once):
        some = instances[start : min(start + at_once, rows)]
        joined = b"}".join(some)
        first = joined.index(b"{", 0 if start else joined.index(b"{") + 1)
        part = b'{"instances":[%s}]}' % joined[first:]
        if len(part) + len(some) * answer_length > MAX_LINE_LENGTH:
            return None
        parts.append((len(some), part))
    return parts
