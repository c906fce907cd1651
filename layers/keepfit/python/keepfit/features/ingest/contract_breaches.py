"""Rows that break contracts: found in one pass over a part, and left out of it."""

from __future__ import annotations

import heapq
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from keepfit.features.contracts.rules.base import Test
from keepfit.features.datasets.part_rows import LINE
from keepfit.features.ingest.cell_validation import MAX_PROBLEMS_OF_REFUSED
from keepfit.features.ingest.checked_rows import iso
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.report import MAX_EXAMPLES, Example, Flaw
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.definition import UPLOADED_AT, DatasetDefinition
from keepfit.features.sql_literals import quoted, text

_MAX_VALUE_LENGTH: Final = 1000


class Broken(NamedTuple):
    """Rows that break a contract: how many, and a test of them with the column that says which."""

    contract: ContractDefinition
    number: int
    test: Test
    rows: int


def flag(connection: Any, tests: Sequence[tuple[ContractDefinition, Test]]) -> list[Broken]:
    """Makes the table ``flagged`` of bad rows, with b0, b1, ... for the tests; those that some row fails."""
    flags = ", ".join(f"coalesce({test.bad}, false) AS b{n}" for n, (_, test) in enumerate(tests))
    values = ", ".join(
        f"left(CAST({test.value} AS VARCHAR), {_MAX_VALUE_LENGTH}) AS x{n}"
        for n, (_, test) in enumerate(tests)
    )
    bad = " OR ".join(f"b{n}" for n in range(len(tests)))
    connection.execute(
        f"CREATE TEMP TABLE flagged AS SELECT * FROM (SELECT {LINE} AS row, {flags}, {values} FROM part) WHERE {bad}"  # noqa: S608
    )
    counts = ", ".join(f"count(*) FILTER (b{n})" for n in range(len(tests)))
    [counted] = connection.execute(f"SELECT {counts} FROM flagged").fetchall()  # noqa: S608
    return [
        Broken(contract, n, test, rows)
        for n, ((contract, test), rows) in enumerate(zip(tests, counted, strict=True))
        if rows
    ]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Leaves rows out of a part, once ``_flag`` has found them."""

    connection: Any
    definition: DatasetDefinition
    folder: Path

    def leave_out(self, outcome: Outcome, found: Sequence[Broken]) -> Outcome:
        """The outcome without the rows that break contracts of the severity `quarantine`, and with all flaws."""
        flaws = [self.flaw(one) for one in found if one.contract.severity == "refuse"]
        report = msgspec.structs.replace(outcome.report, flaws=[*outcome.report.flaws, *flaws])
        outcome = msgspec.structs.replace(outcome, report=report)
        ours = [one for one in found if one.contract.severity == "quarantine"]
        if not ours or outcome.part is None:
            return outcome
        bad = " OR ".join(f"b{one.number}" for one in ours)
        [(left_out,)] = self._ask(f"SELECT count(*) FROM flagged WHERE {bad}")  # noqa: S608
        bad_rows, allowed = outcome.bad_rows + left_out, self.definition.max_bad_share
        report = msgspec.structs.replace(
            outcome.report, bad_rows=bad_rows, flaws=[*outcome.report.flaws, *map(self.flaw, ours)]
        )
        refused = None
        if bad_rows == outcome.rows or bad_rows / outcome.rows > allowed:
            first = report.flaws[-len(ours)]
            row = f"; row {first.examples[0].row}: {first.field} {first.reason}" if first.examples else ""
            refused = f"{bad_rows} of {outcome.rows} rows are bad, and {allowed:.3g} of them may be{row}"
        quarantine = self._quarantine(outcome.quarantine, ours, MAX_PROBLEMS_OF_REFUSED if refused else None)
        changed = msgspec.structs.replace(
            outcome, bad_rows=bad_rows, report=report, quarantine=quarantine, refused=refused
        )
        return msgspec.structs.replace(changed, part=None) if refused else self._rewrite(changed, bad)

    def flaw(self, one: Broken) -> Flaw:
        """The rows that break a contract, for the report."""
        examples = self._ask(
            f"SELECT row, x{one.number} FROM flagged WHERE b{one.number} ORDER BY row LIMIT {MAX_EXAMPLES}"  # noqa: S608
        )
        return Flaw(
            field=one.test.field,
            reason=_reason(one),
            rows=one.rows,
            examples=[Example(row=row, value=value) for row, value in examples],
        )

    def _quarantine(self, before: Path | None, ours: Sequence[Broken], most: int | None) -> Path:
        """The problems of the file and of its contracts, in the order of rows."""
        added, path = self.folder / "broken.jsonl", self.folder / "left-out.jsonl"
        problems = " UNION ALL ".join(
            f"SELECT row, {text(one.test.field)} AS field, {text(_reason(one))} AS reason, x{one.number} AS value "  # noqa: S608
            f"FROM flagged WHERE b{one.number}"
            for one in ours
        )
        self.connection.execute(
            f"COPY (SELECT * FROM ({problems}) ORDER BY row) TO {text(str(added))} (FORMAT json)"  # noqa: S608
        )
        with added.open() as ours_said, (before or added).open() as said, path.open("w") as written:
            both = heapq.merge(said, ours_said, key=_row_of) if before else ours_said
            for number, line in enumerate(both):
                if most is not None and number >= most:
                    break
                written.write(line)
        return path

    def _rewrite(self, outcome: Outcome, bad: str) -> Outcome:
        """The part without the bad rows, and when the others happened."""
        path = self.folder / "kept.parquet"
        kept = f"SELECT * FROM part WHERE {LINE} NOT IN (SELECT row FROM flagged WHERE {bad}) ORDER BY {LINE}"  # noqa: S608
        self.connection.execute(f"COPY ({kept}) TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd)")
        event = quoted(self.definition.event_time or UPLOADED_AT)
        [(first, last)] = self._ask(
            f"SELECT epoch_us(min({event})), epoch_us(max({event})) FROM read_parquet({text(str(path))})"  # noqa: S608
        )
        return msgspec.structs.replace(outcome, part=path, first_event=iso(first), last_event=iso(last))

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.connection.execute(query).fetchall()
        return rows


def _row_of(line: str) -> int:
    return int(json.loads(line)["row"])


def _reason(one: Broken) -> str:
    return f"{one.test.reason} (contract {one.contract.title})"
