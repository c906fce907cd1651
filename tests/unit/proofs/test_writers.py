from __future__ import annotations

import msgspec
import pytest

from keepfit.registry.ledger import chained
from proofs.writers import Found, judge, write


def broken(found: Found) -> list[str]:
    return [claim.promise for claim in judge(found, decisions=8).claims if not claim.holds]


@pytest.mark.parametrize("seed", range(4))
def test_many_writers_of_whom_some_die_leave_one_ledger_in_the_order_of_the_alias(seed: int) -> None:
    found = write(8, 60, seed=seed)
    assert broken(found) == []
    assert len(found.states) > 100


def test_a_lost_a_doubled_and_a_misplaced_entry_are_each_found() -> None:
    found = write(1, 30, seed=0)
    *most, last = found.entries
    assert "tells of" in broken(msgspec.structs.replace(found, entries=most, died=0))[0]
    doubled = [*found.entries, chained(last, last)]
    assert "twice" in broken(msgspec.structs.replace(found, entries=doubled))[0]
    assert (
        "order" in broken(msgspec.structs.replace(found, states=[found.states[0], *found.states[:0:-1]]))[0]
    )
