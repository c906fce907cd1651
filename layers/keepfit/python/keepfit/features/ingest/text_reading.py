"""Reads an uploaded text file, CSV or JSON, into checked rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from keepfit.features.database import database
from keepfit.features.datasets.manifest import Source
from keepfit.features.ingest.cell_validation import MEMORY_MB, Checking
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.text_batches import check_records
from keepfit.features.ingest.upload_errors import refusing
from keepfit.features.io.csv_records import CsvRecords
from keepfit.features.io.encodings import text_of
from keepfit.features.io.formats import FileFormat, refuse_binary
from keepfit.features.io.jsonl_records import JsonlRecords, lines_of
from keepfit.features.io.named_files import NamedFiles
from keepfit.features.schema.definition import DatasetDefinition


def read_text(
    path: Path,
    found: FileFormat,
    *,
    dataset: DatasetDefinition,
    source: Source,
    folder: Path,
    at: datetime,
    files: NamedFiles | None = None,
) -> Outcome:
    """Validates every row of a text file, whose cells may name ``files``. See ``reading.read_upload``."""
    with (
        refusing(found.format.upper(), folder),
        database(folder, memory_mb=MEMORY_MB) as connection,
    ):
        checking = Checking(connection, dataset, folder, at=at, files=files)
        ignored = _check_text(path, found, dataset, checking)
        return checking.outcome(source=source, ignored_columns=ignored)


def _check_text(path: Path, found: FileFormat, dataset: DatasetDefinition, checking: Checking) -> list[str]:
    with text_of(path, dataset.encoding or None) as stream:
        refuse_binary(stream.head)
        records: CsvRecords | JsonlRecords
        chosen: list[int | None]
        if found.format == "csv":
            records = CsvRecords(stream, checking.headers)
            chosen = checking.match(records.columns)
            extras = {name for place, name in enumerate(records.columns) if name and place not in chosen}
        else:
            lines = lines_of(stream, stream.head)
            records = JsonlRecords(
                lines, checking.headers, checking.spellings, nested=checking.nested, lists=checking.lists
            )
            chosen, extras = checking.match(checking.headers), records.extras
        check_records(records, chosen, checking)
        if isinstance(records, JsonlRecords) and records.objects:
            checking.match(sorted(records.found | extras))
    return sorted(extras)
