"""Short names of uploads."""

from __future__ import annotations

_ID_LENGTH = 12


def short_id(sha256: str) -> str:
    """What an upload is called where there is little room: the beginning of its content's SHA-256."""
    return sha256[:_ID_LENGTH]
