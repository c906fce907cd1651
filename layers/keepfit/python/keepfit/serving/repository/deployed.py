"""Deployed models: which of their versions answer, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from keepfit.errors import NotFound
from keepfit.features.schema.signature import Signature, from_json
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.registry.ledger import Entry, Ledger
from keepfit.registry.ports import Versions
from keepfit.registry.versions import Release, read_files

_SIGNATURE: Final = "signature.json"


class ServingVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a model that answers clients, and the share of requests that it gets."""

    version: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedModel:
    """A model's function that predicts, and the registry's records of the model."""

    function: str
    ledger: Ledger
    versions: Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedModels:
    """Reads what is deployed.

    Args:
        find: the models by their names.
        store: the files of versions; None where no signature is read.
    """

    find: Callable[[], Mapping[str, DeployedModel]]
    store: ArtifactStore | None = None

    def names(self) -> list[str]:
        """The deployed models, in alphabetical order."""
        return sorted(self.find())

    def serving(self, model: str) -> list[ServingVersion]:
        """The versions that answer, the champion first; none before the first release.

        Raises:
            NotFound: no such model is deployed.
        """
        return serving_after(self._deployed(model).ledger.last())

    def signature(self, model: str, version: int) -> Signature:
        """The signature of a registered version. Raises NotFound where there is none."""
        if self.store is None:
            raise ValueError("no store to read signatures from")
        registered = self._deployed(model).versions.get(version)
        return from_json(read_files(self.store, registered, [_SIGNATURE])[_SIGNATURE])

    def qualified_function(self, model: str, version: int) -> tuple[str, str]:
        """The function and the Lambda version that hold a released version.

        Raises:
            NotFound: the version was never released, or is pruned.
        """
        deployed = self._deployed(model)
        return deployed.function, newest_of(deployed.versions.releases(), model, version)

    def _deployed(self, model: str) -> DeployedModel:
        found = self.find()
        if model not in found:
            raise NotFound(
                f"no model {model!r} is deployed; those that are: {', '.join(sorted(found)) or 'none'}"
            )
        return found[model]


def serving_after(entry: Entry | None) -> list[ServingVersion]:
    """The versions that answer after the newest move of the alias; none before the first.

    The shares of a canary and its champion add up to 1.
    """
    if entry is None:
        return []
    moved = ServingVersion(version=entry.version, share=entry.weight)
    if entry.weight == 1 or entry.previous_version is None:
        return [moved]
    champion = ServingVersion(version=entry.previous_version, share=1 - entry.weight)
    return [champion, moved] if entry.weight else [champion]


def newest_of(releases: list[Release], model: str, version: int) -> str:
    """The newest Lambda version of a model version that is kept. Raises NotFound without one."""
    kept = [each.lambda_version for each in releases if each.version == version and each.pruned_at is None]
    if not kept:
        there = sorted({each.version for each in releases if each.pruned_at is None})
        raise NotFound(
            f"version {version} of {model} cannot be asked; those that can: {', '.join(map(str, there)) or 'none'}"
        )
    return kept[-1]
