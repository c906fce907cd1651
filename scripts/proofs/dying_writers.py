"""Writers of one alias that may die between moving it and recording the move."""

from __future__ import annotations

import random
from contextlib import suppress
from threading import Lock

from keepfit.adapters.memory.registry import MemoryLedger, MemoryVersions
from keepfit.adapters.memory.serving import MemoryRouting
from keepfit.errors import Conflict, NotFound, Superseded
from keepfit.instants import now
from keepfit.registry.ledger import Entry
from keepfit.serving.release.alias_mover import AliasMover
from keepfit.serving.release.recorded_alias import Moved, Order
from keepfit.serving.release.routing import Alias, Routing

VERSIONS = 5
_DEATHS = 0.01
# A function's is 2 s. Each death costs the next mover so much.
_TIMEOUT_S = 0.1
_ACTIONS = ("canary", "canary", "promote", "promote", "roll back", "restore", "restore previous")


class _DiedError(Exception):
    """The writer's process died; the caller may call again."""


class WatchedAlias(MemoryRouting):
    """An alias that keeps its history of states."""

    def __init__(self, *published: str) -> None:
        super().__init__(*published)
        self.states = [self.read()]
        self._moving = Lock()

    def move(self, routing: Routing, *, revision: str) -> Alias:
        with self._moving:
            self.states.append(super().move(routing, revision=revision))
            return self.states[-1]


class _Mortal:
    """A ledger whose writer sometimes dies before it appends."""

    def __init__(self, ledger: MemoryLedger, chance: random.Random) -> None:
        self._ledger = ledger
        self._chance = chance
        self.deaths = 0

    def append(self, entry: Entry) -> None:
        if self._chance.random() < _DEATHS:
            self.deaths += 1
            raise _DiedError
        self._ledger.append(entry)

    def last(self) -> Entry | None:
        return self._ledger.last()

    def entries(self) -> list[Entry]:
        return self._ledger.entries()

    def chains(self) -> list[list[Entry]]:
        return self._ledger.chains()


class Writer:
    """Promotes, rolls back and restores at random, as runs and people do."""

    def __init__(
        self, number: int, seed: int, *, alias: WatchedAlias, versions: MemoryVersions, ledger: MemoryLedger
    ) -> None:
        self._chance = random.Random(seed * 1_000 + number)  # noqa: S311  drawn again with the same seed
        self._name = f"writer {number}"
        self.ledger = _Mortal(ledger, self._chance)
        self.told: list[str] = []
        self._mover = AliasMover(
            live=alias,
            versions=versions,
            ledger=self.ledger,
            over=lambda _run: False,
            code_sha256=str,
            now=now,
            timeout_s=_TIMEOUT_S,
        )

    def work(self, moves: int) -> None:
        for _ in range(moves):
            action, order = self._chance.choice(_ACTIONS), self._order()
            self._do(action, order)

    def _do(self, action: str, order: Order) -> None:
        """Performs one order; most writers that die are called again, some are not."""
        while True:
            try:
                with suppress(Superseded, NotFound):
                    moved = self._move(action, order)
                    self.told.append(moved.lambda_version)
            except Conflict:
                continue
            except _DiedError:
                if self._chance.random() < 0.5:
                    return
            else:
                return

    def _move(self, action: str, order: Order) -> Moved:
        match action:
            case "canary":
                return self._mover.start_canary(order, 0.1)
            case "promote":
                return self._mover.promote(order)
            case "roll back":
                return self._mover.roll_back(order)
            case "restore":
                return self._mover.restore(order.version, who=order.who, why="", force=True)
        return self._mover.restore(None, who=order.who, why="")

    def _order(self) -> Order:
        version = self._chance.randint(1, VERSIONS)
        return Order(
            version=version, lambda_version=str(version + 1), who=self._name, why="", run_id=self._name
        )
