"""The chain of entries shows what was done to it, and tells who served."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from keepfit.adapters.memory.registry import MemoryLedger
from keepfit.errors import NotFound, TamperedArtifact
from keepfit.registry.champion import Champion
from keepfit.registry.gain import LaterGain
from keepfit.registry.ledger import (
    Entry,
    Move,
    chained,
    champion_in,
    gains,
    previous_champion,
    record,
    record_gain,
    verify,
)

AT = datetime(2026, 5, 4, tzinfo=UTC)


def move(
    version: int, *, action: str = "promote", weight: float = 1.0, after: str = "", revision: str = ""
) -> Move:
    return Move(
        at=AT,
        action=action,
        version=version,
        lambda_version=str(version + 1),
        previous_version=None,
        weight=weight,
        who="someone",
        why="because",
        run_id=None,
        revision=revision or f"after {version}",
        replaced_revision=after,
    )


def chain(*moves: Move) -> list[Entry]:
    entries: list[Entry] = []
    for one in moves:
        entries.append(chained(entries[-1] if entries else None, one))
    return entries


def promoted(*versions: int) -> list[Entry]:
    return chain(*(move(version) for version in versions))


def test_an_untouched_chain_is_verified() -> None:
    verify([])
    verify(promoted(1, 2, 3))


@pytest.mark.parametrize("change", [{"version": 9}, {"why": "no reason"}, {"seq": 7}, {"digest": "0" * 64}])
def test_a_changed_entry_is_found(change: dict[str, Any]) -> None:
    entries = promoted(1, 2, 3)
    entries[1] = msgspec.structs.replace(entries[1], **change)
    with pytest.raises(TamperedArtifact):
        verify(entries)


def test_a_removed_an_added_and_a_moved_entry_are_found() -> None:
    one, two, three = promoted(1, 2, 3)
    for broken in ([two, three], [one, three], [one, one, two], [two, one, three]):
        with pytest.raises(TamperedArtifact):
            verify(broken)


def test_an_entry_signed_again_breaks_the_one_behind_it() -> None:
    one, _, three = promoted(1, 2, 3)
    forged = chained(one, move(9))
    with pytest.raises(TamperedArtifact, match="entry 3"):
        verify([one, forged, three])


FIRST, SECOND, THIRD = (move(number, after=f"r{number - 1}", revision=f"r{number}") for number in (1, 2, 3))


@pytest.fixture
def ledger() -> MemoryLedger:
    """One that knows the first of three moves."""
    made = MemoryLedger()
    record(made, FIRST, after=None)
    return made


def revisions(ledger: MemoryLedger) -> list[str]:
    verify(ledger.entries())
    return [entry.revision for entry in ledger.entries()]


def test_a_mover_that_died_leaves_a_gap_that_shows(ledger: MemoryLedger) -> None:
    record(ledger, THIRD, after=ledger.last())
    assert revisions(ledger) == ["r1", "r3"]
    assert ledger.entries()[1].replaced_revision == "r2"


def test_a_mover_who_was_slow_comes_before_who_gave_it_up(ledger: MemoryLedger) -> None:
    before = ledger.last()
    record(ledger, SECOND, after=before)
    record(ledger, THIRD, after=before)
    assert revisions(ledger) == ["r1", "r2", "r3"]


def test_one_who_comes_when_others_have_gone_on_never_says_that_what_they_replaced_serves(
    ledger: MemoryLedger,
) -> None:
    before = ledger.last()
    record(ledger, THIRD, after=before)
    record(ledger, SECOND, after=before)
    assert revisions(ledger) == ["r1", "r3"]
    assert champion_in(ledger.entries()) == 3


def test_a_move_that_somebody_else_recorded_is_not_recorded_again(ledger: MemoryLedger) -> None:
    before = ledger.last()
    record(ledger, SECOND, after=before)
    record(ledger, msgspec.structs.replace(SECOND, who="its mover, later"), after=before)
    assert revisions(ledger) == ["r1", "r2"]
    assert ledger.entries()[1].who == "someone"


def test_the_champion_is_the_last_that_served_alone() -> None:
    assert champion_in([]) is None
    canary = move(3, action="canary", weight=0.2)
    assert champion_in(chain(move(2), canary)) == 2
    assert champion_in(chain(move(2), canary, move(3, action="roll back", weight=0.0))) == 2


@pytest.mark.parametrize(
    ("served", "previous"),
    [((1, 2), 1), ((1, 2, 3), 2), ((1, 2, 3, 2), 1), ((1, 2, 2), 1), ((1, 2, 3, 1, 4), 1), ((3, 5, 4), 5)],
)
def test_going_back_goes_to_what_served_before_and_never_to_what_was_left(
    served: tuple[int, ...], previous: int
) -> None:
    assert previous_champion(promoted(*served)).version == previous


def test_going_back_goes_to_an_older_package_of_the_same_version_too() -> None:
    packaged_anew = msgspec.structs.replace(move(2), lambda_version="9")
    entries = chain(move(1), move(2), packaged_anew)
    assert previous_champion(entries) == Champion(version=2, lambda_version="3")
    assert previous_champion(chain(*entries, move(2))) == Champion(version=1, lambda_version="2")


@pytest.mark.parametrize("served", [(), (1,), (1, 2, 1)])
def test_where_nothing_served_before_there_is_nothing_to_go_back_to(served: tuple[int, ...]) -> None:
    with pytest.raises(NotFound):
        previous_champion(promoted(*served))


def measured(version: int, **changes: Any) -> LaterGain:
    gain = LaterGain(
        version=version,
        before=version - 1,
        cause="drift",
        run_id=f"run-{version}",
        measured_at=AT,
        metric="roc_auc",
        gain=0.0125,
        interval=(0.004, 0.021),
        value=0.75,
        value_before=0.7375,
        rows=1234,
    )
    return msgspec.structs.replace(gain, **changes)


@pytest.mark.parametrize(
    "last", [move(2), move(3, action="canary", weight=0.1), move(3, action="roll back", weight=0.0)]
)
def test_a_gain_stands_in_the_chain_once_and_leaves_what_serves_as_it_was(last: Move) -> None:
    ledger = MemoryLedger()
    for entry in chain(move(1), move(2), last):
        ledger.append(entry)
    before = ledger.entries()
    assert record_gain(ledger, measured(2), who="monitor")
    assert not record_gain(ledger, measured(2, gain=9.0), who="monitor")
    entries = ledger.entries()
    verify(entries)
    assert entries[:-1] == before
    assert (entries[-1].action, entries[-1].run_id, entries[-1].gain) == (
        "gain measured",
        "run-2",
        measured(2),
    )
    assert (
        "version 2: roc_auc +0.0125 (+0.0040 to +0.0210) beside version 1 on 1,234 outcomes"
        in entries[-1].why
    )
    assert champion_in(entries) == champion_in(before)
    assert previous_champion(entries) == previous_champion(before)
    assert entries[-1].revision == entries[-1].replaced_revision == before[-1].revision
    assert gains(entries) == [measured(2)]


def test_where_nothing_ever_served_nothing_was_gained() -> None:
    ledger = MemoryLedger()
    assert not record_gain(ledger, measured(2), who="monitor")
    assert ledger.entries() == []


def test_two_gains_that_are_written_at_once_both_stand_there() -> None:
    others = [measured(3)]

    class Overtaken(MemoryLedger):
        def append(self, entry: Entry) -> None:
            if entry.gain is not None and others:
                record_gain(self, others.pop(), who="monitor")
            MemoryLedger.append(self, entry)

    ledger = Overtaken()
    ledger.append(chained(None, move(1)))
    assert record_gain(ledger, measured(2), who="monitor")
    verify(ledger.entries())
    assert [each.version for each in gains(ledger.entries())] == [3, 2]


def test_what_a_gain_added_to_entries_changes_no_digest_of_before() -> None:
    [entry] = promoted(1)
    assert b"gain" not in msgspec.json.encode(entry)
    assert entry.digest == "df5a4f02751e930a5368b3dcecb0a22978e2d295e864fd1b7fd21fb1010b95dd"
