"""Pruning: deletes Lambda versions that a model does not need, each of which holds a package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from keepfit.errors import Conflict
from keepfit.registry.champion import UNRELEASED
from keepfit.registry.ledger import Entry, Ledger, champions
from keepfit.registry.ports import Versions
from keepfit.serving.release.ports import ReleaseTarget, RoutingReader
from keepfit.serving.release.routing import Routing


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """The deleted Lambda versions, and the number of those left."""

    pruned: list[str]
    kept: int


def prunable(existing: Sequence[str], *, routing: Routing, entries: Sequence[Entry], keep: int) -> list[str]:
    """The Lambda versions of ``existing`` that may be deleted, oldest first.

    What stays: what the alias points to, with or without a weight; the champion of the ledger and the one before it,
    which `keepfit rollback` brings back; the ``keep`` newest, one among them that is being prepared at this moment;
    and the first, which the stack's template names.

    >>> prunable(["1", "2", "3", "4", "5"], routing=Routing(lambda_version="5"), entries=[], keep=2)
    ['2', '3']
    """
    newest_last = sorted(existing, key=int)
    needed = {UNRELEASED, routing.lambda_version, routing.canary, *newest_last[-keep:]}
    needed |= {champion.lambda_version for champion in champions(entries)[-2:]}
    return [version for version in newest_last if version not in needed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """Deletes unneeded Lambda versions; a repeated call completes what an earlier one left.

    A release is marked before it goes, and whoever moves the alias looks at the mark. One who looked just before is
    seen by Lambda: it deletes no version that an alias points to, and points no alias to one that is gone. So the mark
    of a version that was brought back meanwhile is taken off again.
    """

    live: RoutingReader
    target: ReleaseTarget
    versions: Versions
    ledger: Ledger
    now: Callable[[], datetime]

    def prune(self, keep: int) -> Pruned:
        """Deletes all but the ``keep`` newest and those that serve or may be restored.

        One may be restored without a new package.
        """
        # In this order: what is on record has been published, so what is not there then is gone.
        marked = {release.lambda_version: release.pruned_at for release in self.versions.releases()}
        existing = self.target.published()
        doomed = prunable(
            existing, routing=self.live.read().routing, entries=self.ledger.entries(), keep=keep
        )
        self._correct(marked, existing, doomed)
        pruned = [version for version in doomed if self._prune(version, marked)]
        return Pruned(pruned=pruned, kept=len(existing) - len(pruned))

    def _correct(
        self, marked: dict[str, datetime | None], existing: Sequence[str], doomed: Sequence[str]
    ) -> None:
        """Corrects the marks of versions where an attempt died between a mark and a deletion."""
        for version, at in marked.items():
            if version not in existing and not at:
                self.versions.mark_pruned(version, self.now())
            elif version in existing and version not in doomed and at:
                self.versions.mark_pruned(version, None)

    def _prune(self, version: str, marked: dict[str, datetime | None]) -> bool:
        # One that is on no record never passed its tests: nothing can bring it before clients.
        if version in marked and not marked[version]:
            self.versions.mark_pruned(version, self.now())
        try:
            self.target.delete(version)
        except Conflict:
            if version in marked:
                self.versions.mark_pruned(version, None)
            return False
        return True
