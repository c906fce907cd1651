"""Reads an uploaded file into a Parquet part of good rows and a file of bad ones.

Memory is bounded.

Text files pass through Python, which numbers their records and finds what is no record, and DuckDB, which types and
checks every value; workbooks do so too, and Parquet files are read by DuckDB alone, both in a process that may be lost.
All meet in one table of texts, so one set of rules holds.
"""

from __future__ import annotations

import tempfile
import time
from datetime import datetime
from pathlib import Path

import msgspec

from keepfit.errors import InvalidModel, RefusedUpload
from keepfit.features.datasets.manifest import Source
from keepfit.features.extractors.probe import try_extractor
from keepfit.features.ingest import parquet_reading, xlsx_reading, zip_reading
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.reader_process import Reading
from keepfit.features.ingest.text_reading import read_text
from keepfit.features.ingest.undecoded import (
    LIKELY,
    lacks_encoding,
    nothing_read,
    with_decoded,
)
from keepfit.features.io.csv_records import UndecodedHeader
from keepfit.features.io.formats import FileFormat
from keepfit.features.io.named_files import NamedFiles
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.image import own_extractors

# A file that took longer is not read a second time only to say more of it.
_MAX_READ_TWICE_S = 120
APART = {
    "parquet": parquet_reading.read_apart,
    "xlsx": xlsx_reading.read_apart,
    "zip": zip_reading.read_apart,
}
"""The formats that are read in a process that may be lost, from the folder that it works in."""


def read_upload(
    path: Path,
    found: FileFormat,
    *,
    dataset: DatasetDefinition,
    source: Source,
    folder: Path,
    at: datetime,
    files: NamedFiles | None = None,
) -> Outcome:
    """Validates every row of the file at ``path``.

    Args:
        path: the upload, in ``folder``.
        found: what the file's name promises.
        dataset: what a good row is.
        source: where the file came from, for the lineage columns.
        folder: an empty working folder beside ``path``; the outcome's files are in it.
        at: when it is ingested.
        files: those that cells of a text file may name.

    Raises:
        RefusedUpload: unreadable, too large, no rows, a missing column, or more bad rows than the dataset allows.
        ServiceUnavailable: the disk is full.
    """
    _try_extractors(dataset)
    apart = APART.get(found.format)
    if apart:
        return apart(Reading(upload=path.name, folder=str(folder), dataset=dataset, source=source, at=at))
    started = time.monotonic()

    def read(dataset: DatasetDefinition, folder: Path) -> Outcome:
        return read_text(path, found, dataset=dataset, source=source, folder=folder, at=at, files=files)

    try:
        outcome = read(dataset, folder)
        if outcome.refused is None or not lacks_encoding(outcome.report, dataset):
            return outcome
    except UndecodedHeader as refusal:
        outcome = nothing_read(str(refusal))
    if time.monotonic() - started > _MAX_READ_TWICE_S:
        return outcome
    # What else is wrong shows when it is decoded; which is not done of itself, because other encodings look the same.
    with tempfile.TemporaryDirectory(dir=folder) as beside:
        decoded = read(msgspec.structs.replace(dataset, encoding=LIKELY), Path(beside))
    return with_decoded(outcome, decoded.report)


def _try_extractors(dataset: DatasetDefinition) -> None:
    """Runs the extractors that are files, once in a process, before pictures meet them."""
    for trial in own_extractors(dataset.fields.values()):
        try:
            try_extractor(trial)
        except InvalidModel as error:
            raise RefusedUpload(
                f"cannot be read: {error}; correct the extractor, and read it again"
            ) from error
