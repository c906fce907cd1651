"""A run's holdout as clients would send it, and the answers of a model's serving code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from keepfit.serving.inference.scorer import Scorer
from keepfit.tasks.base import Outputs

MAX_ROWS_PER_REQUEST = 5_000


class HoldoutRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of holdout.jsonl; the instance stays the bytes that a client would send.

    ``known_at`` is from when the row could teach: it had happened, and its label was known; ``event_time`` is when it
    happened. ``ids`` are those by which runs know rows that were drawn, see ``ports.TrainingRows.trained_ids``;
    ``taken_at`` is when its upload was taken in, which no upload can say of itself;
    ``line`` is the row's place in its upload, by which runs know it in any case. ``beside`` has columns that no client
    sends, and that the model is evaluated by.
    """

    instance: msgspec.Raw
    label: Any
    known_at: datetime | None = None
    event_time: datetime | None = None
    taken_at: datetime | None = None
    ids: list[int] | None = None
    line: int | None = None
    beside: dict[str, Any] = {}


def read_holdout(lines: bytes) -> list[HoldoutRow]:
    """The rows of holdout.jsonl."""
    return msgspec.json.Decoder(HoldoutRow).decode_lines(lines)


def ask(scorer: Scorer, instances: Sequence[bytes | msgspec.Raw]) -> Outputs:
    """The outputs for each row, asked as a client would, in requests of a bounded size."""
    at_once = rows_at_once(scorer)
    answers = [
        scorer.score(scorer.decode(body(instances[start : start + at_once])))
        for start in range(0, len(instances), at_once)
    ]
    return np.concatenate(answers).astype(np.float64)


def rows_at_once(scorer: Scorer) -> int:
    """How many rows go into one request."""
    return min(MAX_ROWS_PER_REQUEST, scorer.task.max_rows)


def body(instances: Sequence[bytes | msgspec.Raw]) -> bytes:
    """A request for ``instances``."""
    return b'{"instances":[' + b",".join(map(bytes, instances)) + b"]}"
