"""The view of the release ledger, and whether it is unbroken."""

from __future__ import annotations

from datetime import datetime

import msgspec

from keepfit.errors import TamperedArtifact
from keepfit.registry.ledger import Entry, verify
from keepfit.views.stores import ModelStores


class ReleaseLedger(msgspec.Struct, frozen=True, kw_only=True):
    """The chain of a model's stack, and those of its destroyed stacks.

    It is ``intact`` where every chain is unbroken, and ``broken`` else says where the first is not. ``pruned`` maps the
    Lambda versions of releases that were taken away to when that was.
    """

    model: str
    intact: bool
    broken: str | None
    entries: list[Entry]
    former_stacks: list[list[Entry]]
    pruned: dict[str, datetime]


def read_ledger(stores: ModelStores) -> ReleaseLedger:
    """Reads the ledger and verifies it."""
    entries, chains = stores.ledger.entries(), stores.ledger.chains()
    broken = next(filter(None, map(_broken, chains)), None)
    releases = stores.versions.releases()
    return ReleaseLedger(
        model=stores.model,
        intact=broken is None,
        broken=broken,
        entries=entries,
        former_stacks=chains[:-1] if entries else chains,
        pruned={release.lambda_version: release.pruned_at for release in releases if release.pruned_at},
    )


def _broken(entries: list[Entry]) -> str | None:
    try:
        verify(entries)
    except TamperedArtifact as error:
        return str(error)
    return None
