"""Keys of entities in the online store, equal for equal values."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from keepfit.instants import to_iso

_write = msgspec.json.Encoder(order="deterministic").encode
# DynamoDB allows 2,048 bytes; what is longer than this is known by its digest.
_MAX_BYTES = 1024


def entity_key(values: Sequence[Any]) -> str | None:
    """The text of an entity of typed values; None where one is missing, which no entity has.

    >>> entity_key(["JFK", 7]), entity_key(["JFK", None])
    ('["JFK",7]', None)
    """
    if None in values:
        return None
    # A float of zero has two signs and is one entity.
    text = _write([_written(value) for value in values])
    return text.decode() if len(text) <= _MAX_BYTES else f"sha256:{hashlib.sha256(text).hexdigest()}"


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_iso(value)
    return value + 0.0 if isinstance(value, float) else value
