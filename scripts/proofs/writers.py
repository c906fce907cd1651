"""Proof: concurrent writers of one alias, some of which die, lose and double no move."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import msgspec

from keepfit.adapters.memory.registry import MemoryLedger, MemoryVersions
from keepfit.errors import TamperedArtifact
from keepfit.instants import now
from keepfit.registry.ledger import Entry, verify
from keepfit.registry.versions import Release
from keepfit.serving.release.alias_mover import AliasMover
from keepfit.serving.release.routing import Alias
from proofs.dying_writers import VERSIONS, WatchedAlias, Writer
from proofs.proof import Claim, Proof, Tell, at_least, at_most

NAME = "writers"
_WRITERS, _MOVES, _SEED = 8, 1_000, 0


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The states of the alias in order, the writers' results and deaths, and the final ledger."""

    states: list[Alias]
    told: list[str]
    died: int
    entries: list[Entry]


def prove(tell: Tell) -> Proof:
    """Runs eight threads over the ports in memory; the embedded cloud's turn is in `releases`."""
    tell(f"{_WRITERS} writers make {_MOVES:,} moves each")
    return judge(write(_WRITERS, _MOVES, seed=_SEED), decisions=_WRITERS * _MOVES)


def write(writers: int, moves: int, *, seed: int) -> Found:
    """Runs the writers, and at last asks for the champion, as a repeated step does."""
    alias = WatchedAlias(*(str(number + 1) for number in range(1, VERSIONS + 1)))
    versions, ledger = MemoryVersions(model="m"), MemoryLedger()
    for number in range(1, VERSIONS + 1):
        at = datetime(2026, 1, 1, tzinfo=UTC)
        release = Release(
            lambda_version=str(number + 1), version=number, code_sha256=str(number + 1), published_at=at
        )
        versions.record_release(release)
    working = [
        Writer(number, seed, alias=alias, versions=versions, ledger=ledger) for number in range(writers)
    ]
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(lambda writer: writer.work(moves), working))
    mover = AliasMover(
        live=alias, versions=versions, ledger=ledger, over=lambda _run: False, code_sha256=str, now=now
    )
    serving = versions.release(alias.read().routing.lambda_version)
    if serving is not None:
        mover.restore(serving.version, who="the last", why="", force=True)
    return Found(
        states=alias.states,
        told=[one for writer in working for one in writer.told],
        died=sum(writer.ledger.deaths for writer in working),
        entries=ledger.entries(),
    )


def judge(found: Found, *, decisions: int) -> Proof:
    """The claims about the alias and its ledger, whichever writer moved it and died."""
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
    """Entries of no state of the alias, or of one before that of the entry before."""
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
