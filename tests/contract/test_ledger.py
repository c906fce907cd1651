"""The contract of Ledger: one chain, whoever writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.adapters.memory.registry import MemoryLedger
from keepfit.errors import Conflict
from keepfit.registry.ledger import Entry, Ledger, Move, chained, verify

AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", "dynamodb"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    if request.param == "memory":
        return MemoryLedger()
    table = request.getfixturevalue("registry_table")
    return DynamoLedger(items=ModelItems(table=table, model="m", kind="ledger"), stack="stack")


def move(number: int, **changes: Any) -> Move:
    fields: dict[str, Any] = {
        "at": AT,
        "action": "promote",
        "version": number,
        "lambda_version": str(number + 1),
        "previous_version": number - 1 or None,
        "weight": 1.0,
        "who": "training run",
        "why": "0 of 120 requests failed",
        "run_id": f"run {number}",
        "revision": f"r{number}",
        "replaced_revision": f"r{number - 1}",
    }
    return Move(**{**fields, **changes})


def append(ledger: Ledger, move: Move) -> Entry:
    """Behind whatever is the newest then."""
    while True:
        entry = chained(ledger.last(), move)
        with suppress(Conflict):
            ledger.append(entry)
            return entry


def test_an_empty_ledger_has_no_last_entry(ledger: Ledger) -> None:
    assert ledger.last() is None
    assert ledger.entries() == []
    assert ledger.chains() == []


def test_entries_are_read_as_they_were_written_in_order(ledger: Ledger) -> None:
    written = [append(ledger, move(number, weight=0.2 if number == 3 else 1.0)) for number in range(1, 13)]
    assert ledger.entries() == written
    assert ledger.last() == written[-1]
    assert ledger.chains() == [written]
    verify(ledger.entries())


def test_an_entry_is_never_replaced(ledger: Ledger) -> None:
    first = append(ledger, move(1))
    with pytest.raises(Conflict):
        ledger.append(chained(None, move(2)))
    assert ledger.entries() == [first]


def test_appending_the_same_entry_again_changes_nothing(ledger: Ledger) -> None:
    entry = chained(None, move(1))
    ledger.append(entry)
    ledger.append(entry)
    assert ledger.entries() == [entry]


def test_writers_one_after_another_make_one_chain(ledger: Ledger) -> None:
    for number in range(1, 30):
        append(ledger, move(number, who=f"writer {number % 8}"))
    verify(ledger.entries())
    assert [entry.version for entry in ledger.entries()] == list(range(1, 30))


def test_eight_writers_at_once_lose_nothing_and_make_one_chain() -> None:
    ledger = MemoryLedger()

    def write(writer: int) -> None:
        for number in range(50):
            append(ledger, move(1, who=f"{writer}:{number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    entries = ledger.entries()
    verify(entries)
    assert {entry.who for entry in entries} == {
        f"{writer}:{number}" for writer in range(8) for number in range(50)
    }
    assert len(entries) == 400


def test_a_stack_deployed_again_begins_a_chain_of_its_own_beside_the_former(registry_table: str) -> None:
    items = ModelItems(table=registry_table, model="m", kind="ledger")
    former, present = (DynamoLedger(items=items, stack=stack) for stack in ("z-former", "a-present"))
    old = [append(former, move(number)) for number in range(1, 4)]
    assert present.last() is None
    assert present.chains() == [old]
    new = append(present, move(1, at=AT + timedelta(days=1)))
    assert (former.entries(), present.entries()) == (old, [new])
    assert present.chains() == [old, [new]]
    verify([new])
