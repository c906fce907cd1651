"""The ports of forgetting in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from keepfit.adapters.memory.features import REMOVED
from keepfit.errors import NotFound
from keepfit.features.forgetting.ports import ObjectVersion
from keepfit.features.forgetting.record import Forgotten


@dataclass(slots=True, kw_only=True)
class MemoryObjectVersions:
    """See ``features.forgetting.ports.ObjectVersions``; over another port's objects, written ``at``."""

    objects: dict[str, list[bytes]]
    at: datetime = datetime(2013, 1, 1, tzinfo=UTC)

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectVersion]:
        found = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        for key in found:
            bodies = self.objects[key]
            for number in range(len(bodies), 0, -1):
                if bodies[number - 1] != REMOVED:
                    yield ObjectVersion(key, str(number), self.at)

    def folders(self, prefix: str) -> Sequence[str]:
        below = [key.removeprefix(prefix) for key in self.objects if key.startswith(prefix)]
        return sorted({key.partition("/")[0] for key in below if "/" in key})

    def fetch(self, key: str, version_id: str, path: Path) -> None:
        bodies, number = self.objects.get(key, []), int(version_id)
        if not 0 < number <= len(bodies) or bodies[number - 1] == REMOVED:
            raise NotFound(f"{key} at version {version_id} is not there")
        path.write_bytes(bodies[number - 1])

    def put(self, key: str, path: Path) -> None:
        self.objects.setdefault(key, []).append(path.read_bytes())

    def remove(self, key: str, version_id: str) -> None:
        bodies, number = self.objects.get(key, []), int(version_id)
        if 0 < number <= len(bodies):
            bodies[number - 1] = REMOVED


@dataclass(slots=True, kw_only=True)
class MemoryForgotten:
    """See ``features.forgetting.ports.ForgottenRecords``."""

    records: dict[str, dict[str, Forgotten]] = field(default_factory=dict)

    def put(self, record: Forgotten) -> None:
        self.records.setdefault(record.dataset, {})[record.id] = record

    def all(self, dataset: str) -> list[Forgotten]:
        return [record for _, record in sorted(self.records.get(dataset, {}).items(), reverse=True)]
