"""Reads a file as its upload would be read, and keeps nothing of it."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path

import msgspec

from keepfit.errors import RefusedUpload
from keepfit.features.datasets.manifest import Source, Upload
from keepfit.features.datasets.ports import FoundUpload
from keepfit.features.ingest.comparisons import Unseen
from keepfit.features.ingest.contracted import Examining
from keepfit.features.ingest.object_checks import promised_format
from keepfit.features.ingest.reading import APART, read_upload
from keepfit.features.ingest.report import Report
from keepfit.features.ingest.screening_port import waiting_reason
from keepfit.features.io.archives import MAX_FILE_BYTES
from keepfit.features.io.folders import Folder, local_folder
from keepfit.features.schema.definition import DatasetDefinition


def report_on(path: Path, dataset: DatasetDefinition, *, at: datetime) -> Report:
    """What an upload of the file or folder ``path`` would become at the time ``at``; it stays as it is.

    Raises:
        ServiceUnavailable: the disk is full.
    """
    files = None
    if path.is_dir():
        try:
            path, named = local_folder(path)
        except RefusedUpload as refusal:
            return Report.of_nothing(str(refusal))
        large = {name for name, file in named.items() if file.stat().st_size > MAX_FILE_BYTES}
        files = Folder({**named, **dict.fromkeys(large)})
    upload = Upload(bucket="", key=path.name, version_id="")
    with tempfile.TemporaryDirectory(prefix="keepfit-check-") as name:
        folder = Path(name)
        try:
            found = promised_format(FoundUpload(upload=upload, bytes=path.stat().st_size, at=at))
            if found.format in APART:  # these are read in the folder, and one is corrected there
                path = Path(shutil.copyfile(path, folder / "upload"))
            source = Source(bucket="", key=path.name, version_id="", sha256="")
            outcome = read_upload(
                path, found, dataset=dataset, source=source, folder=folder, at=at, files=files
            )
        except RefusedUpload as refusal:
            return Report.of_nothing(str(refusal))
        unseen = Unseen()
        examining = Examining(definition=dataset, history=unseen, neighbours=unseen)
        examined = examining.examine(outcome, source, folder, at=at)
        report = examined.outcome.report
        if report.refused is None and examined.waits:
            waits = f"it would wait for a person: {waiting_reason(examined.waits, [])}"
            return msgspec.structs.replace(report, refused=waits)
        return report
