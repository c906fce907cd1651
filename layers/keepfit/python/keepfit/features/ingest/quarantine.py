"""Keeps what was left out of an upload in the lake, and the report on it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import msgspec

from keepfit.features.datasets.ports import Lake
from keepfit.features.ingest.read_result import Outcome


class Kept(NamedTuple):
    """The keys of bad rows and of the report; None where there is nothing to keep."""

    quarantine: str | None
    report: str | None


NOTHING_KEPT: Final = Kept(None, None)


def keep_bad_rows(lake: Lake, dataset: str, sha256: str, outcome: Outcome) -> Kept:
    """Writes the bad rows of the upload ``sha256``, and a report where anything does not fit."""
    quarantine = lake.put_quarantine(dataset, sha256, outcome.quarantine) if outcome.quarantine else None
    report = outcome.report
    if not (report.flaws or report.columns or report.suggestions or any(c.warns for c in report.contracts)):
        return Kept(quarantine, None)
    with TemporaryDirectory(prefix="report-") as folder:
        path = Path(folder) / "report.json"
        path.write_bytes(msgspec.json.encode(report) + b"\n")
        return Kept(quarantine, lake.put_report(dataset, sha256, path))
