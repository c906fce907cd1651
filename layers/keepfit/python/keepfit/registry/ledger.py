"""The release ledger: what served when, who moved it, and why.

Entries form a hash chain: each holds the digest of the one before it, so that none can be changed, removed or put in
between without every later digest being wrong. Each also names the revision of the alias that it replaced, so that the
chain is in the order in which the alias really moved.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import msgspec

from keepfit.errors import Conflict, NotFound, TamperedArtifact

GENESIS = ""
_ATTEMPTS = 200
_LONGEST_PAUSE_S = 0.05
PATIENCE_S = 2.0


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A change of what serves.

    ``version`` and ``lambda_version`` are what the action is about; ``previous_version`` was the champion before it.
    ``weight`` is the share of requests that the version answers after it: 1 when it serves alone, 0 when it no longer
    serves. ``revision`` is the alias after the move, ``replaced_revision`` before it.
    """

    at: datetime
    action: str
    version: int
    lambda_version: str
    previous_version: int | None
    weight: float
    who: str
    why: str
    run_id: str | None
    revision: str
    replaced_revision: str


class Entry(Move, frozen=True, kw_only=True):
    """A move in its place in the chain; the first has seq 1."""

    seq: int
    previous_digest: str
    digest: str


class Ledger(Protocol):
    """The entries of one model, in order."""

    def last(self) -> Entry | None:
        """The newest entry, never an older one."""
        ...

    def append(self, entry: Entry) -> None:
        """Raises Conflict where another entry of this seq exists; the same one again is fine, so that a retry is."""
        ...

    def entries(self) -> list[Entry]:
        """All, oldest first."""
        ...


def record(ledger: Ledger, move: Move, *, patience_s: float = PATIENCE_S) -> Entry:
    """Appends ``move``, after the move that it replaced.

    Whoever made that one is given ``patience_s`` to record it. One who died in between leaves a gap that anyone
    can see: an entry whose ``replaced_revision`` is not the ``revision`` of the entry before it.

    Raises:
        Conflict: too many writers for too long; the move is made, try again to record it.
    """
    last = last_after(ledger, move.replaced_revision, patience_s=patience_s)
    for _ in range(_ATTEMPTS):
        entry = chained(last, move)
        with suppress(Conflict):
            ledger.append(entry)
            return entry
        _pause()
        last = ledger.last()
    raise Conflict(
        f"the ledger had {_ATTEMPTS} other writers in a row; run the same step again to record this move"
    )


def last_after(ledger: Ledger, revision: str, *, patience_s: float = PATIENCE_S) -> Entry | None:
    """The newest entry, once it is that of ``revision``: somebody may have moved the alias, and not yet recorded it.

    After ``patience_s`` it is whatever it is then. An empty ledger is not waited for.
    """
    deadline = time.monotonic() + patience_s
    while (last := ledger.last()) and last.revision != revision and time.monotonic() < deadline:
        _pause()
    return last


def _pause() -> None:
    time.sleep(random.uniform(0, _LONGEST_PAUSE_S))  # noqa: S311  jitter, not a secret


def chained(last: Entry | None, move: Move) -> Entry:
    """The entry that follows ``last``."""
    seq, previous = (last.seq + 1, last.digest) if last else (1, GENESIS)
    fields = {name: getattr(move, name) for name in Move.__struct_fields__}
    unsigned = Entry(**fields, seq=seq, previous_digest=previous, digest="")
    return msgspec.structs.replace(unsigned, digest=_digest(unsigned))


def verify(entries: Sequence[Entry]) -> None:
    """Returns when ``entries`` are one unbroken chain from the first.

    Raises:
        TamperedArtifact: names the first entry that is not what was appended.
    """
    last: Entry | None = None
    for entry in entries:
        if entry != chained(last, entry):
            raise TamperedArtifact(
                f"entry {entry.seq} of the release ledger does not follow the one before it: it, or one before, was "
                "changed or removed; compare with the table's point-in-time backup"
            )
        last = entry


def champion_in(entries: Sequence[Entry]) -> int | None:
    """The model version that serves, as the ledger tells it; None before the first release."""
    return next((entry.version for entry in reversed(entries) if entry.weight == 1), None)


def previous_champion(entries: Sequence[Entry]) -> int:
    """The model version that a person goes back to: the one that served before the present champion was promoted.

    Going back twice goes back further; it never returns to a version that was left.

    Raises:
        NotFound: no other version served before.
    """
    served: list[int] = []
    for entry in entries:
        if entry.weight == 1:
            kept = served[: served.index(entry.version)] if entry.version in served else served
            served = [*kept, entry.version]
    if len(served) < 2:
        raise NotFound(
            "no other version served before this one: there is nothing to go back to; name a version"
        )
    return served[-2]


def _digest(entry: Entry) -> str:
    return hashlib.sha256(msgspec.json.encode(entry, order="deterministic")).hexdigest()
