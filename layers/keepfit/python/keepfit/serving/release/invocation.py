"""The answer of a Lambda version to one event, as a value that can be read without numpy."""

from __future__ import annotations

import msgspec


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a Lambda version; ``error`` is the name of the raised error, if any."""

    payload: bytes
    error: str | None = None
