"""Reports on files whose encoding is not declared: as they are, and as they would be with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import UNSET

from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.report import Flaw, Report, Suggestion
from keepfit.features.io.lines import NOT_UTF8
from keepfit.features.schema.definition import DatasetDefinition

LIKELY: Final = "windows-1252"
"""The encoding that most files have which are not Unicode."""


def undecoded(flaws: Iterable[Flaw]) -> list[Flaw]:
    """The flaws of lines that are not UTF-8."""
    return [flaw for flaw in flaws if flaw.field is None and flaw.reason.endswith(NOT_UTF8)]


def lacks_encoding(report: Report, dataset: DatasetDefinition) -> bool:
    """Whether a file has lines that a declared encoding would take."""
    return dataset.encoding is UNSET and bool(undecoded(report.flaws))


def nothing_read(refused: str) -> Outcome:
    """The outcome of a file whose header could not be read."""
    report = Report.of_nothing(refused, Suggestion(field=None, keys={"encoding": LIKELY}))
    return Outcome(
        rows=0,
        bad_rows=0,
        first_event="",
        last_event="",
        ignored_columns=[],
        part=None,
        quarantine=None,
        refused=refused,
        report=report,
    )


def with_decoded(outcome: Outcome, decoded: Report) -> Outcome:
    """What is wrong with a refused file as it is, and besides with its text once it is decoded."""
    report = outcome.report
    encoding = [one for one in report.suggestions if one.field is None]
    return msgspec.structs.replace(
        outcome,
        report=msgspec.structs.replace(
            report,
            rows=decoded.rows,
            columns=decoded.columns,
            ignored_columns=decoded.ignored_columns,
            flaws=[*undecoded(report.flaws), *decoded.flaws],
            suggestions=[*encoding, *decoded.suggestions],
        ),
    )
