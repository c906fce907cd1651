"""The chain of entries shows what was done to it, and tells who served."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread
from typing import Any

import msgspec
import pytest

from keepfit.adapters.memory.registry import MemoryLedger
from keepfit.errors import NotFound, TamperedArtifact
from keepfit.registry.ledger import Entry, Move, chained, champion_in, previous_champion, record, verify

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


def test_a_move_waits_for_the_one_it_replaced_to_be_recorded() -> None:
    ledger = MemoryLedger()
    record(ledger, move(1, revision="r1"))
    second, third = move(2, after="r1", revision="r2"), move(3, after="r2", revision="r3")
    waiting = Thread(target=record, args=(ledger, third))
    waiting.start()
    record(ledger, second)
    waiting.join()
    assert [entry.revision for entry in ledger.entries()] == ["r1", "r2", "r3"]


def test_a_mover_that_died_leaves_a_gap_that_shows() -> None:
    ledger = MemoryLedger()
    record(ledger, move(1, revision="r1"))
    record(ledger, move(3, after="r2", revision="r3"), patience_s=0.1)
    first, second = ledger.entries()
    verify([first, second])
    assert second.replaced_revision != first.revision


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
    assert previous_champion(promoted(*served)) == previous


@pytest.mark.parametrize("served", [(), (1,), (1, 2, 1)])
def test_where_nothing_served_before_there_is_nothing_to_go_back_to(served: tuple[int, ...]) -> None:
    with pytest.raises(NotFound):
        previous_champion(promoted(*served))
