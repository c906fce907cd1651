"""The port of the intake, as what is written in real time needs it."""

from __future__ import annotations

from typing import Protocol


class LiveIntake(Protocol):
    """Takes rows that were written in real time, for ingest."""

    def get(self, key: str) -> bytes:
        """Reads an object. Raises NotFound where there is none."""
        ...

    def put_new(self, key: str, body: bytes) -> None:
        """Writes an object under a new key; the same bytes again are fine.

        Raises:
            Conflict: the key holds other bytes.
        """
        ...
