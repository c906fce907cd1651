"""Reports on files as tables: what comes in, what does not fit, and the keys that would take it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from rich.console import RenderableType

from cli.rendering.tables import facts, table
from keepfit.features.datasets.contract_results import ContractResult
from keepfit.features.ingest.report import Report, Suggestion

_MAX_SHOWN = 60


def report_parts(title: str, dataset: str, report: Report) -> Iterator[RenderableType]:
    """A report for people; of what is in order nothing is said."""
    left_out = report.rows if report.refused else report.bad_rows
    pairs: list[tuple[str, Any]] = [
        ("rows", report.rows),
        ("come in", report.rows - left_out),
        ("left out", left_out),
    ]
    if report.ignored_columns:
        pairs.append(("columns that no field reads", report.ignored_columns))
    if report.refused:
        pairs.append(("refused", report.refused))
    yield facts(title, pairs)
    if report.contracts:
        yield contract_table("Contracts", [("", one) for one in report.contracts])
    yield from problem_parts(dataset, msgspec.structs.replace(report, contracts=[]))


def problem_parts(dataset: str, report: Report) -> Iterator[RenderableType]:
    """What does not fit, and what would take it, if there is anything."""
    if any(one.warns for one in report.contracts):
        yield contract_table("Contracts", [("", one) for one in report.contracts if one.warns])
    if report.flaws:
        flaws = [(flaw.field, flaw.reason, flaw.rows, _examples(flaw.examples)) for flaw in report.flaws]
        yield table("What does not fit", ["field", "reason", "rows", "such as"], flaws)
    if report.suggestions:
        rows = [
            (_place(dataset, one), toml(one.keys), one.cells, " or ".join(map(toml, one.otherwise)))
            for one in report.suggestions
        ]
        yield table(
            "What the definition may say to take it", ["where", "keys", "cells", "or, for other values"], rows
        )


def contract_table(title: str, results: Sequence[tuple[str, ContractResult]]) -> RenderableType:
    """What contracts came to, each of the file named with it, if any."""
    named = any(file for file, _ in results)
    columns = [*(["file"] if named else []), "contract", "severity", "outcome", "rows", "reason"]
    rows = [
        [*([file] if named else []), one.contract, one.severity, one.outcome, one.rows, one.reason]
        for file, one in results
    ]
    return table(title, columns, rows)


def toml(keys: Mapping[str, Any]) -> str:
    """Keys as a definition has them.

    >>> toml({"missing": ["?"], "nullable": True})
    'missing = ["?"], nullable = true'
    """
    return ", ".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items())


def _place(dataset: str, suggestion: Suggestion) -> str:
    return f"[dataset.{dataset}]" if suggestion.field is None else suggestion.field


def _examples(examples: Any) -> str:
    return "; ".join(f"row {one.row}{_value(one.value)}" for one in examples)


def _value(value: str | None) -> str:
    if not value:
        return ""
    return f": {value[:_MAX_SHOWN]!r}{'...' if len(value) > _MAX_SHOWN else ''}"
