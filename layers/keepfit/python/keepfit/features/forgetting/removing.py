"""Removes the files that held an entity, once nothing that counts names them."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from keepfit.features.datasets.manifest import Manifest
from keepfit.features.forgetting.ports import ObjectVersions
from keepfit.features.forgetting.progress import Progress
from keepfit.features.forgetting.record import ForgottenObject
from keepfit.layout import DatasetScope


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovingRows:
    """Removes files of rows of one dataset, and the profiles that were made of them."""

    dataset: str
    objects: ObjectVersions

    def remove(self, progress: Progress, newest: Manifest | None) -> None:
        """Removes every file on record that the newest version does not name; older ones read its copy."""
        named = {part.key for part in newest.parts} if newest else set[str]()
        for one in progress.record.of("rows"):
            if one.removed or one.key in named or one.became is None:
                continue
            self._remove_profiles(one, progress, newest)
            self.objects.remove(one.key, one.version_id)
            progress.found(msgspec.structs.replace(one, removed=True))

    def _remove_profiles(self, one: ForgottenObject, progress: Progress, newest: Manifest | None) -> None:
        """Those of the upload that its part does not name now: they count the entity's values."""
        scope = DatasetScope(self.dataset)
        sha256 = scope.upload_of(one.key)
        part = newest.holding(sha256) if newest else None
        for found in [*self.objects.list(f"{scope.profiles}{sha256}-")]:
            if part is None or found.key != part.profile:
                self.objects.remove(found.key, found.version_id)
                progress.found(
                    ForgottenObject(place="profile", key=found.key, version_id=found.version_id, removed=True)
                )
