"""The registered versions and releases of a model, in the registry table on Amazon DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.errors import Conflict, NotFound
from keepfit.registry.versions import Claim, ModelVersion, Release


class _Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A version's item: a claim, and the version once it is registered."""

    claim: Claim
    registered: ModelVersion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoVersions:
    """See ``registry.ports.Versions``.

    ``stack`` is the id of the model's stack: one that was destroyed and deployed again counts its Lambda versions anew.
    """

    items: ModelItems
    stack: str

    def claim(self, run_id: str, at: datetime) -> Claim:
        taken = [slot.claim for slot in self._slots()]
        for claim in taken:
            if claim.run_id == run_id:
                return claim
        claim = Claim(version=taken[-1].version + 1 if taken else 1, run_id=run_id, claimed_at=at)
        try:
            self.items.put_new(_key(claim.version), _Slot(claim=claim))
        except Conflict:  # another run, or an earlier attempt of this one, was faster
            return self.claim(run_id, at)
        return claim

    def register(self, version: ModelVersion) -> None:
        slot = self.items.get(_key(version.version), _Slot)
        if slot is None or slot.claim.run_id != version.run_id or slot.registered not in (None, version):
            raise Conflict(
                f"version {version.version} of {version.model} is another run's or has other files"
            )
        if slot.registered is None:
            self.items.put(
                _key(version.version),
                _Slot(claim=slot.claim, registered=version),
                condition="attribute_type(registered, :null) OR registered.manifest_sha256 = :sha",
                null="NULL",
                sha=version.manifest_sha256,
            )

    def get(self, version: int) -> ModelVersion:
        slot = self.items.get(_key(version), _Slot)
        if slot is None or slot.registered is None:
            raise NotFound(
                f"there is no version {version} of {self.items.model}; `keepfit models` lists them"
            )
        return slot.registered

    def all(self) -> list[ModelVersion]:
        return [slot.registered for slot in self._slots() if slot.registered]

    def record_release(self, release: Release) -> None:
        try:
            self.items.put_new(self._release(release.lambda_version), release)
        except Conflict:
            recorded = self.release(release.lambda_version)
            if recorded is None or (recorded.version, recorded.code_sha256) != (
                release.version,
                release.code_sha256,
            ):
                raise

    def mark_pruned(self, lambda_version: str, at: datetime | None) -> None:
        recorded = self.release(lambda_version)
        if recorded is None:
            raise NotFound(f"Lambda version {lambda_version} of {self.items.model} is on no record")
        # The rest of a record never changes, so nothing that others wrote can be lost.
        self.items.put(self._release(lambda_version), msgspec.structs.replace(recorded, pruned_at=at))

    def release(self, lambda_version: str) -> Release | None:
        return self.items.get(self._release(lambda_version), Release)

    def releases(self) -> list[Release]:
        releases = self.items.all(self._release(""), Release)
        return sorted(releases, key=lambda release: int(release.lambda_version))

    def _release(self, lambda_version: str) -> str:
        return f"lambda#{self.stack}#{lambda_version}"

    def _slots(self) -> list[_Slot]:
        return self.items.all("version#", _Slot)


def _key(version: int) -> str:
    return f"version#{version:06}"
