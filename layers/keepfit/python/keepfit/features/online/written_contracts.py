"""Holds rows that are written in real time to the contracts of their dataset, as far as rows tell."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from keepfit.features.contracts.rules.base import NotChecked, RowRule, Test, Upload, rule_of
from keepfit.features.database import database
from keepfit.features.datasets.part_rows import LINE
from keepfit.features.ingest.comparisons import Unseen
from keepfit.features.ingest.contract_breaches import flag
from keepfit.features.live.rows import TypedRow
from keepfit.features.profiles.profile import Profile
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.rules import FieldProblem
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted

_MEMORY_MB: Final = 200
_Tests = list[tuple[ContractDefinition, Test]]


def broken_rows(
    dataset: DatasetDefinition, rows: Sequence[tuple[int, TypedRow]], at: datetime
) -> list[FieldProblem]:
    """The problems of those of the numbered rows that ingest would leave out or refuse, one of each."""
    tests, _ = _tests_of(dataset, at)
    if not tests or not rows:
        return []
    names = list(dict.fromkeys(name for contract, _ in tests for name in contract.fields or []))
    columns = ", ".join(f"{quoted(name)} {type_of(dataset.fields[name].type).storage}" for name in names)
    marks = ", ".join("?" * (len(names) + 1))
    with (
        tempfile.TemporaryDirectory(prefix="contracts-") as folder,
        database(Path(folder), memory_mb=_MEMORY_MB) as connection,
    ):
        connection.execute(f"CREATE TABLE part ({LINE} BIGINT, {columns})")
        values = [[number, *(row[name] for name in names)] for number, row in rows]
        connection.executemany(f"INSERT INTO part VALUES ({marks})", values)  # noqa: S608
        flag(connection, tests)
        flags = ", ".join(f"b{number}" for number in range(len(tests)))
        flagged = connection.execute(f"SELECT row, {flags} FROM flagged ORDER BY row").fetchall()  # noqa: S608
    return [_problem(row, bad, tests) for row, *bad in flagged]


def waits_for_ingest(dataset: DatasetDefinition, at: datetime) -> bool:
    """Whether a contract of rows needs other data, so that only ingest can check it."""
    return _tests_of(dataset, at)[1]


def _tests_of(dataset: DatasetDefinition, at: datetime) -> tuple[_Tests, bool]:
    """The tests of contracts that are no mere warning, and whether others need other data."""
    unseen = Unseen()
    nothing = Upload(
        dataset=dataset,
        at=at,
        newest=None,
        profile=Profile(rows=0, columns={}),
        history=unseen,
        neighbours=unseen,
    )
    tests: _Tests = []
    others = False
    for contract in dataset.contracts or []:
        rule = rule_of(contract.rule)
        if contract.severity == "warn" or not isinstance(rule, RowRule):
            continue
        try:
            tests += [(contract, test) for test in rule.tests(contract, nothing)]
        except NotChecked:
            others = True
    return tests, others


def _problem(row: int, bad: Sequence[Any], tests: _Tests) -> FieldProblem:
    contract, test = tests[bad.index(True)]
    return row, test.field, f"{test.reason} (contract {contract.title})"
