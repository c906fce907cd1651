"""The release ledger: a chained record of what served when, who moved the alias, and why.

Entries form a hash chain: each holds the digest of the one before it, so that none can be changed, removed or put in
between without every later digest being wrong. Each also names the revision of the alias that it replaced: the chain is
in the order in which the alias really moved, and a move that nobody lived to record shows as a gap. What was measured
of a version later stands in the chain too: such an entry repeats the state of the alias that it finds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import msgspec

from keepfit.errors import Conflict, NotFound, TamperedArtifact
from keepfit.registry.champion import Champion
from keepfit.registry.gain import LaterGain

GENESIS = ""
GAIN_MEASURED = "gain measured"


class Move(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A move of the alias: what served before and after, who moved it, and why.

    ``version`` and ``lambda_version`` are what the action is about; ``previous_version`` was the champion before it.
    ``weight`` is the share of requests that the version answers after it: 1 when it serves alone, 0 when it no longer
    serves. ``revision`` is the alias after the move, ``replaced_revision`` before it. ``gain`` is what was measured,
    where the action is that: it is left out of the JSON of all others, so that digests of before stay as they are.
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
    gain: LaterGain | None = None


class Entry(Move, frozen=True, kw_only=True, omit_defaults=True):
    """A move at its position in the chain; the first has seq 1."""

    seq: int
    previous_digest: str
    digest: str


class Ledger(Protocol):
    """Stores the entries of one model, in order."""

    def last(self) -> Entry | None:
        """The newest entry, never an older one."""
        ...

    def append(self, entry: Entry) -> None:
        """Appends an entry. Raises Conflict where another entry of this seq exists.

        Appending the same entry again changes nothing, so that a retry is safe.
        """
        ...

    def entries(self) -> list[Entry]:
        """All entries, oldest first."""
        ...

    def chains(self) -> list[list[Entry]]:
        """The chain of every stack that the model ever had, oldest first; a stack that moved nothing has none."""
        ...


def record(ledger: Ledger, move: Move, *, after: Entry | None) -> None:
    """Appends ``move`` behind ``after``, the newest entry when the alias was moved.

    It may be recorded already, by somebody who found it unrecorded. One who is so slow that others have moved on, and
    recorded that, adds nothing: behind theirs it would tell that what they replaced serves. The gap shows: an entry
    whose ``replaced_revision`` is not the ``revision`` of the entry before it.
    """
    while True:
        try:
            return ledger.append(chained(after, move))
        except Conflict:
            after = ledger.last()
            if after is None or after.revision != move.replaced_revision:
                return None


def moves(entries: Sequence[Entry]) -> list[Entry]:
    """Those of ``entries`` that moved the alias; the others are notes."""
    return [entry for entry in entries if entry.revision != entry.replaced_revision]


def append_note(ledger: Ledger, write: Callable[[Sequence[Entry]], Move | None]) -> bool:
    """Appends what ``write`` makes of all entries; False where that is None.

    A note moves nothing: it keeps the alias's revision of the entry before it, so that a move that nobody recorded
    still shows as a gap.
    """
    while True:
        entries = ledger.entries()
        note = write(entries)
        if note is None:
            return False
        with suppress(Conflict):
            ledger.append(chained(entries[-1] if entries else None, note))
            return True


def record_gain(ledger: Ledger, gain: LaterGain, *, who: str) -> bool:
    """Appends the measured gain of a version, once.

    False where it stands there already, or nothing ever served.
    """

    def measured(entries: Sequence[Entry]) -> Move | None:
        moved = moves(entries)
        if not moved or any(each.gain and each.gain.version == gain.version for each in entries):
            return None
        return Move(
            at=gain.measured_at,
            action=GAIN_MEASURED,
            version=moved[-1].version,
            lambda_version=moved[-1].lambda_version,
            previous_version=moved[-1].previous_version,
            weight=moved[-1].weight,
            who=who,
            why=f"version {gain.version}: {gain.in_words()}",
            run_id=gain.run_id,
            revision=entries[-1].revision,
            replaced_revision=entries[-1].revision,
            gain=gain,
        )

    return append_note(ledger, measured)


def gains(entries: Sequence[Entry]) -> list[LaterGain]:
    """What was measured of versions, in the order in which it was."""
    return [entry.gain for entry in entries if entry.gain is not None]


def chained(last: Entry | None, move: Move) -> Entry:
    """Makes the entry that follows ``last``, with the digest that links them."""
    seq, previous = (last.seq + 1, last.digest) if last else (1, GENESIS)
    fields = {name: getattr(move, name) for name in Move.__struct_fields__}
    unsigned = Entry(**fields, seq=seq, previous_digest=previous, digest="")
    return msgspec.structs.replace(unsigned, digest=_digest(unsigned))


def verify(entries: Sequence[Entry]) -> None:
    """Checks that ``entries`` are one unbroken chain from the first.

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
    """The model version that serves according to the ledger; None before the first release."""
    return next((entry.version for entry in reversed(entries) if entry.weight == 1), None)


def champions(entries: Sequence[Entry]) -> list[Champion]:
    """The former champions that can be restored, the present one last.

    One that was gone back to is the last again: what was left then is on the list no more.
    """
    served: list[Champion] = []
    for entry in entries:
        if entry.weight == 1:
            release = Champion(version=entry.version, lambda_version=entry.lambda_version)
            served = [*(served[: served.index(release)] if release in served else served), release]
    return served


def previous_champion(entries: Sequence[Entry]) -> Champion:
    """The release that served before the present champion was promoted.

    It may be an older package of the same model version. Going back twice goes back further; it never returns to a
    release that was left.

    Raises:
        NotFound: nothing else served before.
    """
    served = champions(entries)
    if len(served) < 2:
        raise NotFound(
            "no other version served before this one: there is nothing to go back to; name a version"
        )
    return served[-2]


def _digest(entry: Entry) -> str:
    return hashlib.sha256(msgspec.json.encode(entry, order="deterministic")).hexdigest()
