"""Reads an uploaded Excel workbook in a process of its own."""

from __future__ import annotations

import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from keepfit.features.database import database
from keepfit.features.ingest.cell_validation import MEMORY_MB, Checking
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.reader_process import Reading, answer, run
from keepfit.features.ingest.text_batches import check_records
from keepfit.features.ingest.upload_errors import refusing
from keepfit.features.io.archives import Archive
from keepfit.features.io.xlsx_records import XlsxRecords, shown
from keepfit.features.io.xlsx_sheets import rows_of
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.types.base import type_of

_READER = __name__
_WHAT = "an Excel workbook"


def read_apart(reading: Reading) -> Outcome:
    """Runs ``read_workbook`` in a process of its own. Raises as ``reader_process.run``."""
    return run(_READER, reading, _WHAT)


def read_workbook(reading: Reading, files: Archive | None = None) -> Outcome:
    """Validates every row of a sheet, whose cells may name ``files``.

    Raises:
        RefusedUpload: see ``reading.read_upload``.
        ServiceUnavailable: the disk is full.
    """
    folder = Path(reading.folder)
    with (
        refusing(_WHAT, folder),
        database(folder, memory_mb=MEMORY_MB) as connection,
        rows_of(folder / reading.upload, reading.dataset.sheet or None) as rows,
    ):
        checking = Checking(connection, reading.dataset, folder, at=reading.at, files=files)
        records = XlsxRecords(rows, checking.headers)
        chosen = checking.match(records.columns)
        records.spelled = {
            place: partial(spelled, form)
            for place, form in zip(chosen, checking.forms.values(), strict=True)
            if place is not None
        }
        check_records(records, chosen, checking)
        ignored = {name for place, name in enumerate(records.columns) if name and place not in chosen}
        return checking.outcome(source=reading.source, ignored_columns=sorted(ignored))


def spelled(form: CellForm, value: Any) -> str:
    """A number, or an instant of a timestamp, as a file of this form would hold it."""
    kind = type_of(form.type)
    if isinstance(value, (int, float)) or (kind.is_instant and isinstance(value, datetime)):
        return kind.spelled(form, value)
    return shown(value)


if __name__ == "__main__":
    answer(Path(sys.argv[1]), read_workbook, _WHAT)
