"""Contracts hold for rows that are written in real time, in the online store as in the dataset."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed

from keepfit.adapters.duckdb.online_revisions import DuckdbRowsOfEntities
from keepfit.errors import InvalidRequest
from keepfit.events import FEATURES_BEHIND
from keepfit.features.online.withdraw_rows import TakingBack
from keepfit.features.schema.contract import ContractDefinition
from tests.unit.features.online.test_write import Live, problems, row
from tests.unit.features.support.landings import START, Landings, compiled, landing
from tests.unit.features.support.online import NOW, Online, view


def live(*contracts: ContractDefinition) -> Live:
    """A dataset with contracts, and a view of it."""
    plain = view()
    return Live(Online(replace(plain, dataset=changed(plain.dataset, contracts=list(contracts)))))


def take_back(online: Any, body: bytes) -> int:
    taking = TakingBack(
        view=online.view,
        lake=online.place.lake,
        records=online.place.records,
        rows=DuckdbRowsOfEntities(),
        store=online.store,
        clock=lambda: NOW,
    )
    return taking.run(body)


def refused_keys(online: Any) -> list[str]:
    """Of which uploads ingest said that requests are not to see them."""
    return [detail["refused"] for kind, detail in online.place.events.sent if kind == FEATURES_BEHIND]


@pytest.mark.parametrize("severity", ["quarantine", "refuse"])
def test_a_row_that_breaks_a_contract_is_refused_at_the_write(severity: Any) -> None:
    wet = ContractDefinition(rule="range", fields=["rain"], max=100, severity=severity)
    once = ContractDefinition(rule="unique", fields=["moment"], severity=severity)
    asked = live(wet, once)
    written = asked.write(row(rain=2.5), row("south", 1, rain=101), row("south", 2, 1), row("south", 2, 1))
    assert written.accepted == 2
    assert [(one.row, one.field, one.message) for one in written.refused] == [
        (1, "rain", "is above 100 (contract range rain)"),
        (3, "moment", "repeats an earlier row of the file (contract unique moment)"),
    ]
    assert (asked.rain(), asked.rain("south")) == (2.5, 1)
    asked.ingest()
    assert asked.online.place.newest.rows == 2
    with pytest.raises(InvalidRequest) as error:
        asked.write(row(rain=101))
    assert problems(error)[0][:2] == (0, "rain")


def test_a_warning_is_no_reason_to_refuse_a_row() -> None:
    asked = live(ContractDefinition(rule="range", fields=["rain"], max=100, severity="warn"))
    assert asked.write(row(rain=101)).refused == []
    assert asked.rain() == 101


def test_rows_that_are_checked_against_other_data_are_seen_once_they_are_data() -> None:
    asked = live(ContractDefinition(rule="references", fields=["station"], dataset="stations"))
    written = asked.write(row(rain=2.5))
    assert (written.accepted, written.online) == (1, False)
    assert asked.online.store.items == {}


def test_what_is_refused_or_held_as_a_whole_is_taken_back_and_what_it_displaced_returns() -> None:
    asked = live(ContractDefinition(rule="row_count", min=2))
    asked.write(row(rain=1.5), row("west", 0, 1), event_id="good")
    asked.ingest("good")
    asked.online.materialize()
    asked.write(row("north", 5, rain=9), event_id="few")
    assert asked.rain() == 9
    asked.ingest("few")
    few = "flights/live/few.jsonl"
    assert refused_keys(asked.online) == [few]
    assert take_back(asked.online, asked.intake.get(few)) == 1
    assert asked.rain() == 1.5
    assert take_back(asked.online, asked.intake.get(few)) == 0
    asked.write(row("lone", 5, rain=9), event_id="lone")
    assert take_back(asked.online, asked.intake.get("flights/live/lone.jsonl")) == 1
    assert asked.rain("lone") is None
    # Who was refused by an earlier event may be data by now.
    assert take_back(asked.online, asked.intake.get("flights/live/good.jsonl")) == 0
    assert (asked.rain(), asked.rain("west")) == (1.5, 1)


def test_windows_forget_what_is_taken_back(tmp_path: Path) -> None:
    landings = Landings(*compiled(tmp_path))
    source = random.Random(4)
    landings.upload("a", [landing(source, days=3) | {"carrier": "AA"} for _ in range(30)])
    landings.materialize()
    at = START + timedelta(days=3)
    before = landings.served("AA", at)
    rows = [landing(source, days=3) | {"carrier": "AA", "minutes": 33.3} for _ in range(6)]
    landings.write(rows, event_id="bad")
    assert landings.served("AA", at) != before
    assert take_back(landings, landings.intake.get("flights/live/bad.jsonl")) > 0
    assert landings.served("AA", at) == before
