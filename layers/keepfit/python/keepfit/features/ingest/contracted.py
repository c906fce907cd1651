"""Examines the rows of an upload by its dataset's contracts, and the file as a whole.

Contracts of rows come first, and those of the whole file see the rows that are left. What is left out joins the bad
rows of the file: the same limit, the same quarantine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from keepfit.features.contracts.ports import History, Neighbours
from keepfit.features.contracts.rules.base import FileRule, NotChecked, RowRule, Upload, rule_of
from keepfit.features.database import database
from keepfit.features.datasets.contract_results import MAX_REASON, ContractResult
from keepfit.features.datasets.manifest import Source
from keepfit.features.ingest.cell_validation import MEMORY_MB
from keepfit.features.ingest.contract_breaches import Broken, Leaving, flag
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.profiles.measure import measure
from keepfit.features.profiles.profile import Profile
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.sql_literals import text
from keepfit.instants import from_iso


class Examined(NamedTuple):
    """What is left of an upload, the ``profile`` of its good rows, and what every contract came to."""

    outcome: Outcome
    profile: Profile | None
    results: list[ContractResult]

    @property
    def told(self) -> list[ContractResult]:
        """What is kept with the upload: contracts that were broken or could not be checked."""
        return [one for one in self.results if one.warns]

    @property
    def waits(self) -> list[str]:
        """Why the file is for a person to look at."""
        return [one.words for one in self.results if _is_broken(one, "quarantine") and one.rows is None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examining:
    """Examines uploads of one dataset."""

    definition: DatasetDefinition
    history: History
    neighbours: Neighbours

    def examine(self, outcome: Outcome, source: Source, folder: Path, *, at: datetime) -> Examined:
        """Takes bad rows out of the part, and checks the file; the part lies in ``folder``."""
        if outcome.part is None:
            return Examined(outcome, None, [])
        with database(folder, memory_mb=MEMORY_MB) as connection:
            connection.execute(f"CREATE VIEW part AS SELECT * FROM read_parquet({text(str(outcome.part))})")  # noqa: S608
            uploaded = from_iso(source.uploaded_at) if source.uploaded_at else at
            before = self._upload(outcome, measure(connection, outcome.part, self.definition), uploaded)
            found, results = self._rows(connection, before)
            outcome = Leaving(connection, self.definition, folder).leave_out(outcome, found)
            if outcome.part is None:
                return Examined(_told(outcome, results), None, results)
            profile = before.profile if not found else measure(connection, outcome.part, self.definition)
            results += self._file(self._upload(outcome, profile, uploaded))
        refused = [f"breaks the contract {one.words}" for one in results if _is_broken(one, "refuse")]
        if refused:
            outcome = msgspec.structs.replace(outcome, part=None, refused="; ".join(refused))
        return Examined(_told(outcome, results), profile, results)

    def _upload(self, outcome: Outcome, profile: Profile, at: datetime) -> Upload:
        newest = from_iso(outcome.last_event) if self.definition.event_time and outcome.last_event else None
        return Upload(
            dataset=self.definition,
            at=at,
            newest=newest,
            profile=profile,
            history=self.history,
            neighbours=self.neighbours,
        )

    def _rows(self, connection: Any, upload: Upload) -> tuple[list[Broken], list[ContractResult]]:
        """The rows that break a contract, told by the table ``flagged``, and what came of contracts of rows."""
        tests, results = [], {}
        for contract in self._contracts(RowRule):
            rule = rule_of(contract.rule)
            assert isinstance(rule, RowRule)  # noqa: S101  as was asked for
            try:
                tests += [(contract, test) for test in rule.tests(contract, upload)]
                results[contract.title] = _result(contract, "kept")
            except NotChecked as error:
                results[contract.title] = _result(contract, "not checked", str(error))
        found = flag(connection, tests) if tests else []
        for contract in {id(one.contract): one.contract for one in found}.values():
            ours = [one for one in found if one.contract is contract]
            says = "; ".join(dict.fromkeys(f"{one.test.field} {one.test.reason}" for one in ours))
            rows = sum(one.rows for one in ours)
            results[contract.title] = _result(contract, "broken", f"{rows:,} rows: {says}", rows)
        return found, [*results.values()]

    def _file(self, upload: Upload) -> list[ContractResult]:
        results = []
        for contract in self._contracts(FileRule):
            rule = rule_of(contract.rule)
            assert isinstance(rule, FileRule)  # noqa: S101  as was asked for
            try:
                reason = rule.broken(contract, upload)
                results.append(_result(contract, "broken" if reason else "kept", reason))
            except NotChecked as error:
                results.append(_result(contract, "not checked", str(error)))
        return results

    def _contracts(self, kind: type) -> list[ContractDefinition]:
        return [one for one in self.definition.contracts or [] if isinstance(rule_of(one.rule), kind)]


def _result(
    contract: ContractDefinition, outcome: Any, reason: str | None = None, rows: int | None = None
) -> ContractResult:
    return ContractResult(
        contract=contract.title,
        rule=contract.rule,
        severity=contract.severity,
        outcome=outcome,
        reason=reason[:MAX_REASON] if reason else None,
        rows=rows,
    )


def _is_broken(result: ContractResult, severity: str) -> bool:
    return result.outcome == "broken" and result.severity == severity


def _told(outcome: Outcome, results: list[ContractResult]) -> Outcome:
    """The outcome with the results in its report."""
    report = msgspec.structs.replace(outcome.report, contracts=results, refused=outcome.refused)
    return msgspec.structs.replace(outcome, report=report)
