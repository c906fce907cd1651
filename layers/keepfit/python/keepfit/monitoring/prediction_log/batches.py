"""A lasting record of the batches ever collected, to detect a window whose rows have expired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import ArtifactStore

_STAMP = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedBatches:
    """Names and times of a model's batches, as keys of empty files.

    They hold no input of a client, and do not expire.
    """

    files: ArtifactStore
    model: str

    def note(self, batch: str, first: datetime, last: datetime) -> None:
        """Records that ``batch`` has events from ``first`` to ``last``; idempotent."""
        self.files.put(
            f"{self._prefix}{first.astimezone(UTC):{_STAMP}}_{last.astimezone(UTC):{_STAMP}}_{batch}", b""
        )

    def within(self, start: datetime, end: datetime) -> set[str]:
        """The batches with events in [start, end] or around it."""
        opens, closes = (f"{instant.astimezone(UTC):{_STAMP}}" for instant in (start, end))
        noted = (key.removeprefix(self._prefix).split("_") for key in self.files.list(self._prefix))
        return {batch for first, last, batch in noted if first <= closes and last >= opens}

    @property
    def _prefix(self) -> str:
        return ModelScope(self.model).batches
