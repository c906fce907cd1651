"""The view of registered versions: which serves, and what each is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from keepfit.registry.ledger import Entry
from keepfit.registry.versions import Manifest, ModelVersion, Release, read_files, read_manifest
from keepfit.training.runs.run_files import REPORT
from keepfit.views.serving import read_serving
from keepfit.views.stores import ModelStores


class VersionSummary(ModelVersion, frozen=True, kw_only=True):
    """A registered version and its state: the champion, a canary, or whether it served before."""

    state: str


class ModelVersions(msgspec.Struct, frozen=True, kw_only=True):
    """The versions of a model, the newest first; ``champion`` is the serving one's number."""

    model: str
    champion: int | None
    versions: list[VersionSummary]


class VersionDetail(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of a version; ``report`` is its trial's, as it was written.

    ``releases`` are the Lambda versions made of it, ``moves`` what the alias did because of it.
    """

    state: str
    manifest: Manifest
    report: dict[str, Any]
    releases: list[Release]
    moves: list[Entry]


def read_versions(stores: ModelStores) -> ModelVersions:
    """Reads every registered version of a model."""
    champion, state = read_serving(stores).version, _state(stores)
    versions = [
        VersionSummary(**msgspec.structs.asdict(version), state=state(version.version))
        for version in reversed(stores.versions.all())
    ]
    return ModelVersions(model=stores.model, champion=champion, versions=versions)


def read_version(stores: ModelStores, number: int) -> VersionDetail:
    """Reads one version, with every file verified by its digest.

    Raises:
        NotFound: no version has this number, or a file of it is gone.
        TamperedArtifact: a file is not what was registered.
    """
    version = stores.versions.get(number)
    manifest = read_manifest(stores.artifacts, version)
    files = read_files(stores.artifacts, version, manifest.files)
    return VersionDetail(
        state=_state(stores)(number),
        manifest=manifest,
        report=msgspec.json.decode(files[REPORT]),
        releases=[release for release in stores.versions.releases() if release.version == number],
        moves=[entry for entry in stores.ledger.entries() if entry.version == number],
    )


def _state(stores: ModelStores) -> Callable[[int], str]:
    """Makes a function of a version to its present state."""
    now = read_serving(stores)
    served = {entry.version for entry in stores.ledger.entries() if entry.weight == 1}
    releases = stores.versions.releases()
    packaged = {release.version for release in releases if release.pruned_at is None}
    pruned = {release.version for release in releases} - packaged

    def state(version: int) -> str:
        if version == now.version:
            return "champion"
        if now.canary and version == now.canary.version:
            return f"canary, {now.canary.weight:.0%} of the requests"
        return ("served before" if version in served else "never served") + (
            ", pruned" if version in pruned else ""
        )

    return state
