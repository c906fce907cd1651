"""The result of reading an upload: its good rows, its bad ones, and a report."""

from __future__ import annotations

from pathlib import Path

import msgspec

from keepfit.features.ingest.report import Report


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result of validation; ``part`` is None for a refused file, ``quarantine`` for no bad row.

    ``first_event`` and ``last_event`` are of the good rows, ISO 8601 in UTC, empty where there is none; without an
    event time, when the file was uploaded.
    """

    rows: int
    bad_rows: int
    first_event: str
    last_event: str
    ignored_columns: list[str]
    part: Path | None
    quarantine: Path | None
    refused: str | None
    report: Report
