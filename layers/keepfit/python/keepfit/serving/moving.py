"""Moving the alias: one conditional update per decision, and each one in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from keepfit.errors import Conflict, NotFound
from keepfit.registry.ledger import (
    PATIENCE_S,
    Ledger,
    Move,
    champion_in,
    last_after,
    previous_champion,
    record,
)
from keepfit.registry.ports import Versions
from keepfit.serving import release
from keepfit.serving.ports import LiveRouting
from keepfit.serving.release import Alias, Routing

_ATTEMPTS = 20


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Which release an action is about, who wants it and why; ``run_id`` is None for a person's."""

    version: int
    lambda_version: str
    who: str
    why: str
    run_id: str | None = None


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What serves now: ``moved`` is False where it was so already. ``baking`` while a canary is tried."""

    moved: bool
    baking: bool
    version: int
    lambda_version: str
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMover:
    """Carries out what was decided, and records it.

    Every action may be repeated: one that finds the alias where it would put it only completes the ledger, should the
    first attempt have died in between.
    """

    live: LiveRouting
    versions: Versions
    ledger: Ledger
    now: Callable[[], datetime]
    patience_s: float = PATIENCE_S

    def start_canary(self, order: Order, weight: float) -> Moved:
        """The challenger begins to answer a share of the requests; all of them, where nothing was released before."""
        return self._move(
            "canary", order, lambda now: release.start_canary(now, order.lambda_version, weight)
        )

    def promote(self, order: Order) -> Moved:
        """Raises Superseded where the challenger is not being tried any more."""
        return self._move("promote", order, lambda now: release.promote(now, order.lambda_version))

    def roll_back(self, order: Order) -> Moved:
        """Ends the challenger's canary, if it is being tried."""
        return self._move("roll back", order, lambda now: release.roll_back(now, order.lambda_version))

    def end_canary(self, run_id: str, *, who: str, why: str) -> Moved | None:
        """Rolls back the challenger that run ``run_id`` left in its canary; None where it left none there."""
        last = self.ledger.last()
        if last is None or last.action != "canary" or last.run_id != run_id:
            return None
        order = Order(
            version=last.version, lambda_version=last.lambda_version, who=who, why=why, run_id=run_id
        )
        return self.roll_back(order)

    def restore(self, version: int | None, *, who: str, why: str) -> Moved:
        """Brings back a version that was released before; None is the one before the present champion.

        Raises:
            NotFound: it was never released, or there is none before.
        """
        wanted = previous_champion(self.ledger.entries()) if version is None else version
        released = [r.lambda_version for r in self.versions.releases() if r.version == wanted]
        if not released:
            self.versions.get(wanted)
            raise NotFound(
                f"version {wanted} is registered and was never released; train again, or name another"
            )
        order = Order(version=wanted, lambda_version=released[-1], who=who, why=why)
        return self._move("restore", order, lambda now: release.restore(now, order.lambda_version))

    def _move(self, action: str, order: Order, decide: Callable[[Routing], Routing]) -> Moved:
        for _ in range(_ATTEMPTS):
            before = self.live.read()
            wanted = decide(before.routing)
            if wanted == before.routing:
                self._complete(action, order, before)
                return self._moved(order, wanted, moved=False)
            try:
                after = self.live.move(wanted, revision=before.revision)
            except Conflict:
                continue
            # None before the first release, and where somebody pointed the alias elsewhere by hand.
            served = self.versions.release(before.routing.lambda_version)
            self._record(
                self._entry(action, order, after, before.revision, served.version if served else None)
            )
            return self._moved(order, wanted, moved=True)
        raise Conflict(f"the alias was moved by others {_ATTEMPTS} times in a row; run the same step again")

    def _record(self, move: Move) -> None:
        record(self.ledger, move, patience_s=self.patience_s)

    def _complete(self, action: str, order: Order, alias: Alias) -> None:
        """Writes the entry that an earlier attempt did not come to write."""
        last = last_after(self.ledger, alias.revision, patience_s=self.patience_s)
        if last is not None and last.revision == alias.revision:
            return
        tried = last is not None and (last.action, last.lambda_version) == ("canary", order.lambda_version)
        if action != "roll back" or tried:
            champion = champion_in(self.ledger.entries())
            self._record(self._entry(action, order, alias, last.revision if last else "", champion))

    def _entry(self, action: str, order: Order, alias: Alias, replaced: str, champion: int | None) -> Move:
        weight = _weight(alias.routing, order.lambda_version)
        return Move(
            at=self.now(),
            action="promote" if action == "canary" and weight == 1 else action,
            version=order.version,
            lambda_version=order.lambda_version,
            previous_version=champion,
            weight=weight,
            who=order.who,
            why=order.why,
            run_id=order.run_id,
            revision=alias.revision,
            replaced_revision=replaced,
        )

    def _moved(self, order: Order, routing: Routing, *, moved: bool) -> Moved:
        last = self.ledger.last()
        return Moved(
            moved=moved,
            baking=routing.canary is not None,
            version=order.version,
            lambda_version=routing.lambda_version,
            started_at=last.at if last and last.lambda_version == order.lambda_version else self.now(),
        )


def _weight(routing: Routing, lambda_version: str) -> float:
    if routing.canary == lambda_version:
        return routing.weight
    return 1.0 if routing.lambda_version == lambda_version else 0.0
