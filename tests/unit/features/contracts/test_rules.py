"""Every rule with a file that breaks it and nothing else, at every severity, and one that keeps to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from keepfit.adapters.memory.features import MemoryDatasets, MemoryEvents, MemoryIntake, MemoryLake
from keepfit.features.datasets.contract_results import ContractResult
from keepfit.features.ingest.dry_run import report_on
from keepfit.features.ingest.ingest import Ingest
from keepfit.features.ingest.ingest_result import Ingested
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.contract_rules import MODULES
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.instants import Duration

STATIONS = DatasetDefinition(fields={"id": Field(type="int"), "town": Field(type="category")})
HEADER = "begun_at,station,kind,distance\n"
# The intake of the tests gets everything on New Year's Eve of 2013.
AT = datetime(2013, 1, 1, tzinfo=UTC)


def day(kind: str = "single", *, distance: float = 3.0, rows: int = 60, day: str = "2012-12-31") -> str:
    """A file that keeps to everything."""
    lines = (
        f"{day}T{n // 60:02}:{n % 60:02}:00Z,{n % 3 + 1},{kind if n % 2 else 'return'},{distance + n % 7}\n"
        for n in range(rows)
    )
    return HEADER + "".join(lines)


GOOD = day()
LAST = "2012-12-31T20:00:00Z,1,single,3.5\n"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A contract, a file that breaks it in so many rows (0: as a whole), and words of the reason."""

    contract: dict[str, Any]
    breaks: str
    rows: int
    says: str


CASES = {
    "range": Case(
        contract={"fields": ["distance"], "min": 0, "max": 500},
        breaks=GOOD + "2012-12-31T20:00:00Z,1,single,501\n2012-12-31T20:01:00Z,1,single,-1\n",
        rows=2,
        says="is above 500",
    ),
    "categories": Case(
        contract={"fields": ["kind"], "values": ["single", "return"]},
        breaks=GOOD + LAST.replace("single", "season"),
        rows=1,
        says="is not one of the values that may be",
    ),
    "unique": Case(
        contract={"fields": ["begun_at", "station"]},
        breaks=GOOD + LAST + LAST.replace("3.5", "4.5"),
        rows=1,
        says="repeats an earlier row of the file",
    ),
    "references": Case(
        contract={"fields": ["station"], "dataset": "stations", "to": ["id"]},
        breaks=GOOD + LAST.replace(",1,", ",9,"),
        rows=1,
        says="is not among id of stations",
    ),
    "freshness": Case(
        contract={"within": Duration.parse("2d")},
        breaks=day(day="2012-12-01"),
        rows=0,
        says="the newest row happened 30 d before the upload",
    ),
    "row_count": Case(
        contract={"min": 10, "min_share": 0.5, "max_share": 2},
        breaks=day(rows=200),
        rows=0,
        says="it has 200 rows, 3.33 times as many as is usual (60), and may have 0.5 to 2",
    ),
    "distribution": Case(
        contract={"fields": ["kind", "distance"]},
        breaks=day(distance=40),
        rows=0,
        says="distance is 0.99 from what it was, and may be 0.2: above that, up to 49.79 in 100%",
    ),
}


@dataclass
class Town:
    """A dataset of trips with one contract, and its stations."""

    contract: ContractDefinition
    intake: MemoryIntake
    lake: MemoryLake
    records: MemoryDatasets

    @property
    def trips(self) -> DatasetDefinition:
        fields = {
            "begun_at": Field(type="timestamp"),
            "station": Field(type="int"),
            "kind": Field(type="category"),
            "distance": Field(type="float", nullable=True),
        }
        return DatasetDefinition(
            event_time="begun_at", fields=fields, contracts=[self.contract], max_bad_share=0.2
        )

    def ingest(self, dataset: str) -> Ingest:
        definitions = {"trips": self.trips, "stations": STATIONS}
        return Ingest(
            dataset=dataset,
            definition=definitions[dataset],
            intake=self.intake,
            lake=self.lake,
            records=self.records,
            events=MemoryEvents(),
            others=definitions,
            clock=lambda: AT,
        )

    def upload(self, name: str, body: str, dataset: str = "trips") -> Ingested:
        key = f"{dataset}/{name}"
        return self.ingest(dataset).take(key, self.intake.put(key, body.encode()))

    @property
    def results(self) -> list[ContractResult]:
        """Of the newest version's last part."""
        return self.lake.manifest("trips", self.records.newest("trips") or 0).parts[-1].contracts

    def rows(self, folder: Path) -> int:
        part = self.lake.manifest("trips", self.records.newest("trips") or 0).parts[-1]
        self.lake.get_part(part, folder / "part.parquet")
        [(rows,)] = duckdb.sql(f"SELECT count(*) FROM '{folder}/part.parquet'").fetchall()
        assert rows == part.rows
        return int(rows)


def town(rule: str, severity: Any, *, with_past: bool = True) -> Town:
    """The past is made where the rule looks at it."""
    contract = ContractDefinition(rule=rule, severity=severity, name="ours", **CASES[rule].contract)
    made = Town(contract, MemoryIntake(), MemoryLake(), MemoryDatasets())
    made.upload("all.csv", "id,town\n1,A\n2,B\n3,C\n", "stations")
    for number in range(3 if with_past and rule in PAST else 0):
        taken = made.upload(f"{number}.csv", GOOD.replace(":00Z", f":0{number + 1}Z"))
        assert taken.outcome == "taken", taken.reason
    return made


PAST = ("row_count", "distribution")


def test_every_rule_has_its_case() -> None:
    assert CASES.keys() == MODULES.keys()


@pytest.mark.parametrize("rule", CASES)
def test_a_file_that_keeps_to_it_leaves_nothing_to_tell(rule: str) -> None:
    place = town(rule, "refuse")
    taken = place.upload("good.csv", GOOD)
    assert (taken.outcome, taken.bad_rows, taken.contracts) == ("taken", 0, [])
    assert place.results == []


@pytest.mark.parametrize("rule", CASES)
def test_a_warning_is_recorded_and_the_upload_taken_whole(rule: str, tmp_path: Path) -> None:
    place, case = town(rule, "warn"), CASES[rule]
    taken = place.upload("bad.csv", case.breaks)
    assert (taken.outcome, taken.bad_rows) == ("taken", 0)
    [result] = taken.contracts
    assert (result.contract, result.severity, result.outcome, result.rows) == (
        "ours",
        "warn",
        "broken",
        case.rows or None,
    )
    assert case.says in (result.reason or "")
    assert place.results == [result]
    assert next(record.contracts for record in place.records.files("trips")) == [result]
    assert place.rows(tmp_path) == case.breaks.count("\n") - 1


@pytest.mark.parametrize("rule", CASES)
def test_a_refusal_says_which_contract_and_how(rule: str) -> None:
    place, case = town(rule, "refuse"), CASES[rule]
    before = place.records.newest("trips")
    refused = place.upload("bad.csv", case.breaks)
    assert refused.outcome == "refused"
    assert (refused.reason or "").startswith("breaks the contract ours: ")
    assert case.says in (refused.reason or "")
    [recorded] = place.records.refusals("trips", 10)
    assert (recorded.held, [one.contract for one in recorded.contracts]) == (False, ["ours"])
    assert place.records.newest("trips") == before


@pytest.mark.parametrize("rule", [rule for rule, case in CASES.items() if case.rows])
def test_bad_rows_go_to_quarantine_with_the_reason_and_the_others_are_taken(
    rule: str, tmp_path: Path
) -> None:
    place, case = town(rule, "quarantine"), CASES[rule]
    taken = place.upload("bad.csv", case.breaks)
    assert (taken.outcome, taken.bad_rows) == ("taken", case.rows)
    assert place.rows(tmp_path) == case.breaks.count("\n") - 1 - case.rows
    part = place.lake.manifest("trips", place.records.newest("trips") or 0).parts[-1]
    assert part.quarantine
    said = [json.loads(line) for line in place.lake.objects[part.quarantine][-1].splitlines()]
    assert len(said) == case.rows
    assert all("(contract ours)" in one["reason"] and one["value"] and one["field"] for one in said)
    assert case.says in said[0]["reason"]
    assert part.report


@pytest.mark.parametrize("rule", [rule for rule, case in CASES.items() if not case.rows])
def test_a_file_that_is_bad_as_a_whole_waits_for_a_person_who_may_take_it(rule: str) -> None:
    place, case = town(rule, "quarantine"), CASES[rule]
    waits = place.upload("bad.csv", case.breaks)
    assert waits.outcome == "refused"
    assert "breaks contracts: ours: " in (waits.reason or "")
    assert "keepfit quarantine release trips trips/bad.csv" in (waits.reason or "")
    [recorded] = place.records.refusals("trips", 10)
    assert recorded.held
    taken = place.ingest("trips").again("trips/bad.csv", "1", who="ada", why="it is right")
    assert taken.outcome == "taken"
    assert [one.outcome for one in place.results] == ["broken"]


def test_rows_that_break_contracts_count_as_bad_rows_of_the_file() -> None:
    place = town("categories", "quarantine")
    refused = place.upload("bad.csv", GOOD.replace("single", "season"))
    assert refused.outcome == "refused"
    assert "30 of 60 rows are bad, and 0.2 of them may be; row 3: kind is not one of the values" in (
        refused.reason or ""
    )


def test_rows_that_are_bad_twice_over_are_told_in_their_order() -> None:
    place = town("range", "quarantine")
    body = GOOD + LAST.replace("3.5", "501") + LAST.replace("3.5", "far") + LAST.replace("3.5", "-7")
    assert place.upload("bad.csv", body).bad_rows == 3
    part = place.lake.manifest("trips", place.records.newest("trips") or 0).parts[-1]
    said = [json.loads(line) for line in place.lake.objects[part.quarantine or ""][-1].splitlines()]
    assert [(one["row"], one["value"]) for one in said] == [(62, "501.0"), (63, "far"), (64, "-7.0")]
    assert part.last_event == "2012-12-31T00:59:00.000000Z"


@pytest.mark.parametrize("rule", ["row_count", "distribution"])
def test_without_a_past_what_needs_one_is_not_checked_and_said_so(rule: str) -> None:
    place = town(rule, "quarantine", with_past=False)
    taken = place.upload("bad.csv", CASES[rule].breaks)
    assert taken.outcome == "taken"
    [result] = taken.contracts
    assert result.outcome == "not checked"
    assert result.reason


def test_what_is_missing_breaks_nothing() -> None:
    place = town("range", "refuse")
    assert place.upload("gap.csv", GOOD + LAST.replace("3.5", "")).outcome == "taken"


def test_a_reference_to_what_was_never_uploaded_is_in_no_row() -> None:
    place = town("references", "refuse", with_past=False)
    place.records.heads.pop("stations")
    assert "60 rows: station is not among id of stations" in (place.upload("a.csv", GOOD).reason or "")


@pytest.mark.parametrize("rule", CASES)
def test_a_file_is_checked_here_as_far_as_it_can_be_seen(rule: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(CASES[rule].breaks)
    contract = ContractDefinition(rule=rule, severity="refuse", name="ours", **CASES[rule].contract)
    trips = msgspec.structs.replace(town(rule, "refuse", with_past=False).trips, contracts=[contract])
    report = report_on(path, trips, at=AT)
    [result] = report.contracts
    if rule in ("references", "row_count", "distribution"):
        assert (result.outcome, report.refused) == ("not checked", None)
        assert "cannot be seen from here" in (result.reason or "")
    else:
        assert "breaks the contract ours" in (report.refused or "")


def test_a_parquet_file_is_held_to_contracts_too(tmp_path: Path) -> None:
    place = town("freshness", "warn")
    source, path = tmp_path / "old.csv", tmp_path / "old.parquet"
    source.write_text(CASES["freshness"].breaks)
    duckdb.sql(f"COPY (SELECT * FROM '{source}') TO '{path}'")
    key = "trips/old.parquet"
    taken = place.ingest("trips").take(key, place.intake.put(key, path.read_bytes()))
    assert [one.outcome for one in taken.contracts] == ["broken"]
