"""Deployed models: which of their versions answer, and where."""

from __future__ import annotations

from typing import Protocol

import msgspec

from keepfit.errors import NotFound
from keepfit.features.schema.signature import Signature
from keepfit.registry.ledger import Entry
from keepfit.registry.versions import Release


class ServingVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a model that answers clients, and the share of requests that it gets."""

    version: int
    share: float


class DeployedModels(Protocol):
    """Reads what is deployed."""

    def names(self) -> list[str]:
        """The deployed models, in alphabetical order."""
        ...

    def serving(self, model: str) -> list[ServingVersion]:
        """The versions that answer, the champion first; none before the first release.

        Raises:
            NotFound: no such model is deployed.
        """
        ...

    def signature(self, model: str, version: int) -> Signature:
        """The signature of a registered version. Raises NotFound where there is none."""
        ...

    def qualified_function(self, model: str, version: int) -> tuple[str, str]:
        """The function and the Lambda version that hold a released version.

        Raises:
            NotFound: the version was never released, or is pruned.
        """
        ...


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
    """The Lambda version that was made last of a version, and is kept. Raises NotFound where there is none."""
    kept = [each.lambda_version for each in releases if each.version == version and each.pruned_at is None]
    if not kept:
        there = sorted({each.version for each in releases if each.pruned_at is None})
        raise NotFound(
            f"version {version} of {model} cannot be asked; those that can: {', '.join(map(str, there)) or 'none'}"
        )
    return kept[-1]
