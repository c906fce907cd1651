"""The view of what served at an instant: the version, its data, and who let it serve."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from keepfit.errors import NotFound
from keepfit.registry.ledger import Entry, champion_in, moves
from keepfit.training.runs.triggers import Trigger
from keepfit.views.ledger import read_ledger
from keepfit.views.stores import ModelStores


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A version and the share of requests that it answered.

    ``trigger`` is what asked for its run, ``data`` the version of each dataset that the run read; both are None where
    its record is gone. ``moves`` are what the alias did because of it until then, with who did it and why.
    """

    version: int
    share: float
    run_id: str | None
    trigger: Trigger | None
    data: dict[str, int] | None
    moves: list[Entry]


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """What answered at an instant, the largest share first; empty before the first release.

    ``intact`` says whether the ledger, from which this is read, is the unbroken chain that was written.
    """

    model: str
    at: datetime
    intact: bool
    shares: list[Share]


def read_served(stores: ModelStores, at: datetime) -> Served:
    """Reads what answered the requests of a model ``at`` an instant, by the ledger."""
    ledger = read_ledger(stores)
    chains = [*ledger.former_stacks, ledger.entries]
    known = [entry for chain in chains for entry in chain if entry.at <= at]
    return Served(
        model=stores.model,
        at=at,
        intact=ledger.intact,
        shares=[_share(stores, version, share, known) for version, share in _shares(known)],
    )


def _shares(entries: Sequence[Entry]) -> list[tuple[int, float]]:
    """The versions that answer after the last of the entries, and their shares."""
    champion = champion_in(entries)
    if champion is None:
        return []
    last = moves(entries)[-1]
    if 0 < last.weight < 1 and last.version != champion:
        return sorted([(champion, 1 - last.weight), (last.version, last.weight)], key=lambda each: -each[1])
    return [(champion, 1.0)]


def _share(stores: ModelStores, version: int, share: float, entries: Sequence[Entry]) -> Share:
    try:
        run_id = stores.versions.get(version).run_id
    except NotFound:
        run_id = None
    run = stores.runs.find(run_id) if run_id else None
    return Share(
        version=version,
        share=share,
        run_id=run_id,
        trigger=run.trigger if run else None,
        data=run.data if run else None,
        moves=[entry for entry in entries if entry.version == version],
    )
