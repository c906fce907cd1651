"""The registry's ports in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock

import msgspec

from keepfit.errors import Conflict, NotFound
from keepfit.registry.approvals import Approval
from keepfit.registry.ledger import Entry
from keepfit.registry.versions import Claim, ModelVersion, Release


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryArtifacts:
    """See ``registry.ports.ArtifactStore``: a dictionary that behaves like a bucket."""

    objects: dict[str, bytes] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: str) -> bytes:
        body = self.objects.get(key)
        if body is None:
            raise NotFound(f"memory://{key}: there is no such object")
        return body

    def lines(self, key: str) -> Iterator[bytes]:
        yield from self.get(key).splitlines()

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body

    def put_new(self, key: str, body: bytes) -> None:
        with self._lock:
            if self.objects.setdefault(key, body) != body:
                raise Conflict(f"memory://{key} exists and holds other bytes")

    def get_file(self, key: str, path: Path) -> None:
        path.write_bytes(self.get(key))

    def put_file(self, key: str, path: Path) -> None:
        self.put(key, path.read_bytes())

    def list(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryVersions:
    """See ``registry.ports.Versions``."""

    model: str
    _claims: dict[int, Claim] = field(default_factory=dict)
    _registered: dict[int, ModelVersion] = field(default_factory=dict)
    _releases: dict[str, Release] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def claim(self, run_id: str, at: datetime) -> Claim:
        with self._lock:
            for claim in self._claims.values():
                if claim.run_id == run_id:
                    return claim
            claim = Claim(version=len(self._claims) + 1, run_id=run_id, claimed_at=at)
            self._claims[claim.version] = claim
            return claim

    def register(self, version: ModelVersion) -> None:
        with self._lock:
            claim = self._claims.get(version.version)
            registered = self._registered.get(version.version, version)
            if claim is None or claim.run_id != version.run_id or registered != version:
                raise Conflict(
                    f"version {version.version} of {self.model} is another run's or has other files"
                )
            self._registered[version.version] = version

    def get(self, version: int) -> ModelVersion:
        if version not in self._registered:
            raise NotFound(f"there is no version {version} of {self.model}; `keepfit models` lists them")
        return self._registered[version]

    def all(self) -> list[ModelVersion]:
        return [self._registered[number] for number in sorted(self._registered)]

    def record_release(self, release: Release) -> None:
        with self._lock:
            recorded = self._releases.setdefault(release.lambda_version, release)
            if (recorded.version, recorded.code_sha256) != (release.version, release.code_sha256):
                raise Conflict(
                    f"Lambda version {release.lambda_version} is on record with version {recorded.version}"
                )

    def mark_pruned(self, lambda_version: str, at: datetime | None) -> None:
        with self._lock:
            recorded = self._releases.get(lambda_version)
            if recorded is None:
                raise NotFound(f"Lambda version {lambda_version} of {self.model} is on no record")
            self._releases[lambda_version] = msgspec.structs.replace(recorded, pruned_at=at)

    def release(self, lambda_version: str) -> Release | None:
        return self._releases.get(lambda_version)

    def releases(self) -> list[Release]:
        return sorted(self._releases.values(), key=lambda release: int(release.lambda_version))


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryApprovals:
    """See ``registry.approvals.Approvals``."""

    _approvals: dict[str, Approval] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def find(self, run_id: str) -> Approval | None:
        return self._approvals.get(run_id)

    def newest(self, limit: int) -> list[Approval]:
        return [self._approvals[run_id] for run_id in sorted(self._approvals, reverse=True)[:limit]]

    def replace(self, approval: Approval) -> Approval:
        with self._lock:
            known = self._approvals.get(approval.run_id)
            if (known.revision if known else 0) != approval.revision:
                raise Conflict(f"the approval of run {approval.run_id} was decided by another process")
            following = msgspec.structs.replace(approval, revision=approval.revision + 1)
            self._approvals[approval.run_id] = following
            return following


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLedger:
    """See ``registry.ledger.Ledger``; ``former`` are the chains of stacks that were destroyed."""

    former: list[list[Entry]] = field(default_factory=list)
    _entries: list[Entry] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def last(self) -> Entry | None:
        return self._entries[-1] if self._entries else None

    def append(self, entry: Entry) -> None:
        with self._lock:
            if entry in self._entries[entry.seq - 1 : entry.seq]:
                return
            if entry.seq != len(self._entries) + 1:
                raise Conflict(f"the ledger has {len(self._entries)} entries; {entry.seq} is not the next")
            self._entries.append(entry)

    def entries(self) -> list[Entry]:
        return list(self._entries)

    def chains(self) -> list[list[Entry]]:
        return [*self.former, *([self.entries()] if self._entries else [])]
