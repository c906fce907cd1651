"""A deployed model: which of its versions answer, what they take, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from keepfit.errors import NotFound
from keepfit.features.schema.signature import Signature, from_json
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.ledger import Entry, Ledger
from keepfit.registry.ports import Versions
from keepfit.registry.versions import read_files
from keepfit.serving.release.released_graph import signature_of_release
from keepfit.serving.repository.ports import ServingVersion

_SIGNATURE: Final = "signature.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedModel:
    """Reads what the registry has on record of a deployed model.

    Args:
        name: of the model.
        function: that predicts.
        ledger: of its releases.
        versions: those registered, and their releases.
        store: the files of versions.
        takes_outcomes: whether clients report them by prediction id.
    """

    name: str
    function: str
    ledger: Ledger
    versions: Versions
    store: ArtifactStore
    takes_outcomes: bool = False

    def serving(self) -> list[ServingVersion]:
        """The versions that answer, the champion first; none before the first release."""
        return serving_after(self.ledger.last())

    def signature(self, version: int) -> Signature:
        """The signature of a version's requests, of its newest release. Raises NotFound where there is none."""
        released = [each for each in self.versions.releases() if each.version == version]
        graph = signature_of_release(self.store, self.name, released[-1] if released else None)
        if graph is not None:
            return graph
        files = read_files(self.store, self.versions.get(version), [_SIGNATURE])
        return from_json(files[_SIGNATURE])

    def require(self, version: int) -> None:
        """Raises NotFound, with those that can, where this version cannot be asked."""
        self.lambda_version(version)

    def lambda_version(self, version: int) -> str:
        """The newest Lambda version of a released version.

        Raises:
            NotFound: the version was never released, or is pruned.
        """
        kept = [each for each in self.versions.releases() if each.pruned_at is None]
        made = [each.lambda_version for each in kept if each.version == version]
        if not made:
            there = ", ".join(map(str, sorted({each.version for each in kept}))) or "none"
            raise NotFound(f"version {version} of {self.name} cannot be asked; those that can: {there}")
        return made[-1]


def serving_after(entry: Entry | None) -> list[ServingVersion]:
    """The versions that answer after the newest entry of the ledger; none before the first release.

    The shares of a canary and its champion add up to 1.
    """
    if entry is None:
        return []
    moved = [ServingVersion(version=entry.version, share=entry.weight)] if entry.weight else []
    if entry.weight == 1 or entry.previous_version is None:
        return moved
    return [ServingVersion(version=entry.previous_version, share=1 - entry.weight), *moved]
