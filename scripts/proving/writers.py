"""Many move one alias at the same time, and some die before they have recorded it: nothing is lost or doubled."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from threading import Lock
from typing import Any

import msgspec

from keepfit.adapters.memory.registry import MemoryLedger, MemoryVersions
from keepfit.adapters.memory.serving import MemoryRouting
from keepfit.errors import Conflict, NotFound, Superseded, TamperedArtifact
from keepfit.instants import now
from keepfit.registry.ledger import Entry, verify
from keepfit.registry.versions import Release
from keepfit.serving.moving import AliasMover, Moved, Order
from keepfit.serving.release import Alias, Routing
from proving.proof import Claim, Proof, Tell, at_least, at_most

NAME = "writers"
_WRITERS, _MOVES, _SEED = 8, 1_000, 0
_VERSIONS = 5
_DEATHS = 0.01
# A function's is 2 s. Each death costs the next mover so much.
_PATIENCE_S = 0.1


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Every state of the alias in order, what each writer was told, how many died, and the ledger in the end."""

    states: list[Alias]
    told: list[str]
    died: int
    entries: list[Entry]


class _DiedError(Exception):
    """The process is gone; what called it calls again, or does not."""


class _Alias(MemoryRouting):
    """Keeps every state that the alias was in."""

    def __init__(self) -> None:
        super().__init__()
        self.states = [self.read()]
        self._moving = Lock()

    def move(self, routing: Routing, *, revision: str) -> Alias:
        with self._moving:
            self.states.append(super().move(routing, revision=revision))
            return self.states[-1]


class _Mortal:
    """A ledger whose writer sometimes dies on the way to it."""

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


class _Writer:
    """Promotes, rolls back and restores at random, as runs and people do."""

    def __init__(
        self, number: int, seed: int, *, alias: _Alias, versions: MemoryVersions, ledger: MemoryLedger
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
            now=now,
            patience_s=_PATIENCE_S,
        )

    def work(self, moves: int) -> None:
        for _ in range(moves):
            action, order = self._chance.choice(_ACTIONS), self._order()
            self._do(action, order)

    def _do(self, action: str, order: Order) -> None:
        """One that died is called again, but for some: their machine is gone, and nobody asks."""
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
                return self._mover.restore(order.version, who=order.who, why="")
        return self._mover.restore(None, who=order.who, why="")

    def _order(self) -> Order:
        version = self._chance.randint(1, _VERSIONS)
        return Order(
            version=version, lambda_version=str(version + 1), who=self._name, why="", run_id=self._name
        )


_ACTIONS = ("canary", "canary", "promote", "promote", "roll back", "restore", "restore previous")


def prove(tell: Tell) -> Proof:
    """Eight threads over the ports in memory; the embedded cloud has its own in `releases`."""
    tell(f"{_WRITERS} writers make {_MOVES:,} moves each")
    return judge(write(_WRITERS, _MOVES, seed=_SEED), decisions=_WRITERS * _MOVES)


def write(writers: int, moves: int, *, seed: int) -> Found:
    """Lets them work, and at last asks for what serves, as whoever repeats a step that died does."""
    alias, versions, ledger = _Alias(), MemoryVersions(model="m"), MemoryLedger()
    for number in range(1, _VERSIONS + 1):
        at = datetime(2026, 1, 1, tzinfo=UTC)
        release = Release(
            lambda_version=str(number + 1), version=number, code_sha256=str(number), published_at=at
        )
        versions.record_release(release)
    working = [
        _Writer(number, seed, alias=alias, versions=versions, ledger=ledger) for number in range(writers)
    ]
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(lambda writer: writer.work(moves), working))
    mover = AliasMover(live=alias, versions=versions, ledger=ledger, over=lambda _run: False, now=now)
    serving = versions.release(alias.read().routing.lambda_version)
    if serving is not None:
        mover.restore(serving.version, who="the last", why="")
    return Found(
        states=alias.states,
        told=[one for writer in working for one in writer.told],
        died=sum(writer.ledger.deaths for writer in working),
        entries=ledger.entries(),
    )


def judge(found: Found, *, decisions: int) -> Proof:
    """What must hold of the alias and its ledger, whoever moved it and died."""
    moves, entries = len(found.states) - 1, found.entries
    unrecorded = moves - len(entries)
    return Proof(
        name=NAME,
        claims=[
            at_least("decisions that were carried out or refused", decisions, _WRITERS),
            Claim(
                promise="the ledger is one chain", found=_chain(found.entries), holds=_holds(found.entries)
            ),
            at_most("moves recorded twice", len(entries) - len({entry.revision for entry in entries}), 0),
            at_most(
                "entries that are no move of the alias, or out of its order", _strangers(found, entries), 0
            ),
            at_most("moves that no entry tells of, one for each who died", unrecorded, found.died),
            Claim(
                promise="the ledger's last entry is what the alias serves",
                found=f"Lambda version {entries[-1].lambda_version}, move {moves:,}",
                holds=entries[-1].revision == found.states[-1].revision,
            ),
        ],
        figures={
            "decisions": decisions,
            "moves": moves,
            "entries": len(entries),
            "died": found.died,
        },
    )


def _strangers(found: Found, entries: Sequence[Entry]) -> int:
    """Entries that tell of no state of the alias, or of one before that of the entry before."""
    places = {state.revision: place for place, state in enumerate(found.states)}
    order = [places.get(entry.revision, -1) for entry in entries]
    told = (_tells(entry, found.states[place]) for entry, place in zip(entries, order, strict=True))
    return sum(
        not right or before >= after
        for right, (before, after) in zip(told, pairwise([0, *order]), strict=True)
    )


def _tells(entry: Entry, state: Alias) -> bool:
    routing = state.routing
    shares: dict[str | None, Any] = {routing.lambda_version: 1.0, routing.canary: routing.weight}
    return entry.revision == state.revision and entry.weight == shares.get(entry.lambda_version, 0.0)


def _holds(entries: Sequence[Entry]) -> bool:
    try:
        verify(entries)
    except TamperedArtifact:
        return False
    return True


def _chain(entries: Sequence[Entry]) -> str:
    return f"{len(entries):,} entries"
