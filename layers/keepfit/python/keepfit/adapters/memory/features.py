"""The ports of features in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus
from uuid import uuid4

import msgspec

from keepfit.errors import Conflict, NotFound
from keepfit.features.catalogue.table import Partition, Table
from keepfit.features.datasets.manifest import Manifest, Part, RewrittenPart, Upload, from_json, to_json
from keepfit.features.datasets.ports import FoundUpload, StoredPart
from keepfit.features.datasets.records import Discarded, FileRecord, Refusal
from keepfit.features.io.formats import file_sha256
from keepfit.layout import DatasetScope

REMOVED = b"\0 this version was removed"
"""In the place of a version that is gone; the others keep their numbers."""


@dataclass(slots=True, kw_only=True)
class MemoryIntake:
    """See ``features.ports.Intake``."""

    bucket: str = "intake"
    objects: dict[str, list[bytes]] = field(default_factory=dict)

    def put(self, key: str, body: bytes) -> str:
        """Uploads an object and returns its version id."""
        versions = self.objects.setdefault(key, [])
        versions.append(body)
        return str(len(versions))

    def find(self, key: str, version_id: str | None) -> FoundUpload:
        for spelling in (key, unquote_plus(key)):
            versions = self.objects.get(spelling, [])
            version = int(version_id or len(versions))
            if 0 < version <= len(versions) and versions[version - 1] != REMOVED:
                upload = Upload(bucket=self.bucket, key=spelling, version_id=str(version))
                at = datetime(2013, 1, 1, second=version, tzinfo=UTC)
                return FoundUpload(upload=upload, bytes=len(versions[version - 1]), at=at)
        raise NotFound(f"{key} is not there")

    def download(self, upload: Upload, path: Path) -> None:
        path.write_bytes(self.objects[upload.key][int(upload.version_id) - 1])

    def listed(self, folder: str) -> Iterator[tuple[str, int]]:
        return ((key, len(bodies[-1])) for key, bodies in self.objects.items() if key.startswith(folder))

    def fetch(self, paths: Mapping[str, Path]) -> set[str]:
        there = paths.keys() & self.objects.keys()
        for key in there:
            paths[key].write_bytes(self.objects[key][-1])
        return set(there)


@dataclass(slots=True, kw_only=True)
class MemoryLake:
    """See ``features.ports.Lake``; every object keeps its versions, numbered from 1."""

    objects: dict[str, list[bytes]] = field(default_factory=dict)
    days_left: dict[str, int] = field(default_factory=dict)

    def put_part(self, dataset: str, sha256: str, path: Path) -> StoredPart:
        return self._put(DatasetScope(dataset).part(sha256, uuid4().hex[:16]), path)

    def put_quarantine(self, dataset: str, sha256: str, path: Path) -> str:
        return self._put(DatasetScope(dataset).quarantined(sha256, file_sha256(path)[:16]), path).key

    def put_report(self, dataset: str, sha256: str, path: Path) -> str:
        return self._put(DatasetScope(dataset).reported(sha256, file_sha256(path)[:16]), path).key

    def put_profile(self, dataset: str, sha256: str, path: Path) -> str:
        return self._put(DatasetScope(dataset).profile(sha256, file_sha256(path)[:16]), path).key

    def put_rewritten_part(self, dataset: str, sha256: str, path: Path, days_left: int | None) -> StoredPart:
        stored = self.put_part(dataset, sha256, path)
        self.days_left |= {stored.key: days_left} if days_left else {}
        return stored

    def put_rest(self, dataset: str, sha256: str, path: Path) -> str:
        return self._put(DatasetScope(dataset).rest(sha256, file_sha256(path)[:16]), path).key

    def put_rewritten(self, key: str, rewritten: RewrittenPart) -> None:
        self.objects[DatasetScope.rewritten(key)] = [msgspec.json.encode(rewritten)]

    def rewritten(self, key: str) -> RewrittenPart | None:
        bodies = self.objects.get(DatasetScope.rewritten(key))
        if bodies is None:
            return None
        found = msgspec.json.decode(bodies[-1], type=RewrittenPart)
        return self.rewritten(found.key) or found

    def profile(self, key: str) -> bytes:
        if key not in self.objects:
            raise NotFound(f"{key} is not there")
        return self.objects[key][-1]

    def put_manifest(self, manifest: Manifest) -> None:
        key = DatasetScope(manifest.dataset).manifest(manifest.version)
        ours = [to_json(manifest)]
        if self.objects.setdefault(key, ours) is not ours:  # one step: threads of a test may be here together
            raise Conflict(f"{key} exists")

    def manifest(self, dataset: str, version: int) -> Manifest:
        key = DatasetScope(dataset).manifest(version)
        if key not in self.objects:
            raise NotFound(f"{key} does not exist")
        return from_json(self.objects[key][0])

    def get_part(self, part: Part, path: Path) -> None:
        versions = self.objects.get(part.key, [])
        if 0 < int(part.version_id) <= len(versions) and versions[int(part.version_id) - 1] != REMOVED:
            path.write_bytes(versions[int(part.version_id) - 1])
        elif rewritten := self.rewritten(part.key):
            path.write_bytes(self.objects[rewritten.key][int(rewritten.version_id) - 1])
        else:
            raise NotFound(f"{part.key} at version {part.version_id} is not there")

    def _put(self, key: str, path: Path) -> StoredPart:
        versions = self.objects.setdefault(key, [])
        versions.append(path.read_bytes())
        return StoredPart(key=key, version_id=str(len(versions)))


@dataclass(slots=True, kw_only=True)
class MemoryDatasets:
    """See ``features.ports.DatasetRecords``."""

    heads: dict[str, int] = field(default_factory=dict)
    files_taken: dict[tuple[str, str], FileRecord] = field(default_factory=dict)
    refused: dict[str, dict[tuple[datetime, str, str], Refusal]] = field(default_factory=dict)

    def newest(self, dataset: str) -> int | None:
        return self.heads.get(dataset)

    def file(self, dataset: str, sha256: str) -> FileRecord | None:
        return self.files_taken.get((dataset, sha256))

    def take(self, dataset: str, record: FileRecord) -> None:
        if self.heads.get(dataset, 0) != record.version - 1:
            raise Conflict(f"the newest version of {dataset} is not {record.version - 1}")
        self.heads[dataset] = record.version
        self.files_taken[dataset, record.source.sha256] = record

    def files(self, dataset: str) -> list[FileRecord]:
        found = [record for (owner, _), record in self.files_taken.items() if owner == dataset]
        return sorted(found, key=lambda record: record.version, reverse=True)

    def announce(self, dataset: str, record: FileRecord) -> None:
        now = self.files_taken.get((dataset, record.source.sha256))
        if now is None or now.version != record.version:
            raise Conflict(f"{record.source.sha256} was never taken, or something else became of it since")
        self.files_taken[dataset, record.source.sha256] = msgspec.structs.replace(now, status="announced")

    def refuse(self, dataset: str, refusal: Refusal) -> None:
        key = (refusal.at, refusal.source.key, refusal.source.version_id)
        before = self.refused.setdefault(dataset, {}).get(key)
        if before is None or before.discarded is None:
            self.refused[dataset][key] = refusal

    def discard(self, dataset: str, upload: Upload, at: datetime, decision: Discarded) -> None:
        key = (at, upload.key, upload.version_id)
        held = self.refused.get(dataset, {}).get(key)
        if held is None or not held.held:
            raise Conflict(f"{upload.key} is not held")
        self.refused[dataset][key] = msgspec.structs.replace(held, discarded=decision)

    def refusals(self, dataset: str, limit: int) -> list[Refusal]:
        refusals = self.refused.get(dataset, {})
        return [refusals[key] for key in sorted(refusals, reverse=True)][:limit]

    def count_refusals(self, dataset: str) -> int:
        return len(self.refused.get(dataset, {}))


@dataclass(slots=True, kw_only=True)
class MemoryEvents:
    """See ``events.Events``."""

    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def put(self, detail_type: str, detail: dict[str, Any]) -> None:
        self.sent.append((detail_type, detail))


@dataclass(slots=True, kw_only=True)
class MemoryTables:
    """See ``features.catalogue.ports.Tables``."""

    _tables: dict[str, Table] = field(default_factory=dict)
    _partitions: dict[str, dict[tuple[str, str], Partition]] = field(default_factory=dict)

    def table(self, name: str) -> Table | None:
        return self._tables.get(name)

    def put_table(self, table: Table) -> None:
        self._tables[table.name] = table

    def partitions(self, name: str) -> list[Partition]:
        return [partition for _, partition in sorted(self._partitions.get(name, {}).items())]

    def put_partitions(self, name: str, partitions: Collection[Partition]) -> None:
        if name not in self._tables:
            raise NotFound(f"there is no table {name}")
        self._partitions.setdefault(name, {}).update({one.values: one for one in partitions})

    def remove_partition(self, name: str, partition: Partition) -> None:
        self._partitions.get(name, {}).pop(partition.values, None)
