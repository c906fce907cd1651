from __future__ import annotations

import msgspec

from keepfit.adapters.memory.registry import MemoryLedger
from keepfit.views.ledger import read_ledger
from keepfit.views.stores import ModelStores
from tests.unit.views.support import history
from tests.unit.views.support.history import AT


def test_a_model_that_was_never_released_has_an_empty_and_whole_ledger(stores: ModelStores) -> None:
    found = read_ledger(stores)
    assert (found.intact, found.broken, found.entries, found.former_stacks) == (True, None, [], [])


def test_an_unbroken_chain_is_intact(stores: ModelStores) -> None:
    history.two_releases(stores)
    found = read_ledger(stores)
    assert (found.intact, [entry.version for entry in found.entries]) == (True, [1, 2])


def test_an_entry_that_was_changed_is_named(stores: ModelStores, ledger: MemoryLedger) -> None:
    history.two_releases(stores)
    ledger._entries[0] = msgspec.structs.replace(ledger._entries[0], why="nobody will notice")
    found = read_ledger(stores)
    assert not found.intact
    assert "entry 1" in str(found.broken)
    assert len(found.entries) == 2


def test_a_former_stack_is_shown_apart_and_verified_too(stores: ModelStores, ledger: MemoryLedger) -> None:
    history.two_releases(stores)
    ledger.former.append(ledger.entries()[1:])
    found = read_ledger(stores)
    assert [[entry.version for entry in chain] for chain in found.former_stacks] == [[2]]
    assert not found.intact


def test_a_stack_that_moved_nothing_yet_has_former_ones_all_the_same(
    stores: ModelStores, ledger: MemoryLedger
) -> None:
    history.two_releases(stores)
    ledger.former.append(ledger.entries())
    ledger._entries.clear()
    found = read_ledger(stores)
    assert (found.entries, len(found.former_stacks), found.intact) == ([], 1, True)


def test_packages_that_were_taken_away_are_told_with_when(stores: ModelStores) -> None:
    history.two_releases(stores)
    stores.versions.mark_pruned("2", AT)
    assert read_ledger(stores).pruned == {"2": AT}
