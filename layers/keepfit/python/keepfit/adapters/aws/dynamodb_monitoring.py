"""The monitoring progress of a model, in the registry table on Amazon DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.errors import Conflict
from keepfit.monitoring.prediction_log.progress import Progress

_SK = "monitor"
_MAX_ATTEMPTS = 20


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    revision: int = 0
    progress: Progress = Progress()


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoProgress:
    """See ``monitoring.ports.ProgressRecord``."""

    items: ModelItems

    def load(self) -> Progress:
        return self._read().progress

    def merge(self, progress: Progress) -> None:
        """Raises Conflict after losing to twenty concurrent writers; call again."""
        for _ in range(_MAX_ATTEMPTS):
            read = self._read()
            written = _Record(revision=read.revision + 1, progress=read.progress.merged(progress))
            try:
                return self._replace(read.revision, written)
            except Conflict:
                continue
        raise Conflict(
            f"the monitor's record of {self.items.model} had {_MAX_ATTEMPTS} other writers; call again"
        )

    def _read(self) -> _Record:
        return self.items.get(_SK, _Record) or _Record()

    def _replace(self, revision: int, record: _Record) -> None:
        if revision:
            self.items.put(_SK, record, condition="revision = :revision", revision=revision)
        else:
            self.items.put_new(_SK, record)
